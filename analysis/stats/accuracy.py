"""How often answers were correct, beside what guessing gives."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.stats import chance, intervals
from analysis.stats.intervals import Interval, NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of correct answers with its Wilson interval and the share that guessing gives."""

    correct: int
    n: int
    interval: Interval
    chance: float

    @property
    def accuracy(self) -> float:
        return self.correct / self.n


def accuracy(correct: int, guessing: chance.Guessing) -> Proportion | NotEstimable:
    """The accuracy of as many answers as `guessing` counts, of which `correct` were correct."""
    n = chance.answers(guessing)
    if n == 0:
        return NotEstimable(Reason.NO_ANSWERS)
    return Proportion(
        correct=correct,
        n=n,
        interval=intervals.wilson(correct, n),
        chance=float(chance.expected_share(guessing)),
    )
