"""Every figure of a report, from the functions that the pages and the tidy file's reader use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from analysis.frames import Selected
from analysis.report.accuracies import Accuracies, accuracies_of
from analysis.report.conditions import Condition, conditions_of
from analysis.report.structure import (
    Confused,
    Mixed,
    WithAndWithout,
    confusions_of,
    mixed_of,
    with_and_without,
)
from analysis.report.votes import Grid, grids_of
from analysis.stats.agreement import Agreement, By, agreement
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable
from analysis.stats.positions import Positions, positions
from analysis.stats.reliability import Reliability, reliability
from analysis.stats.times import Times, times
from analysis.summary import DEFAULT_SEED
from survey.models import Study

T = TypeVar("T")
# Told of work that was done, in parts; all together are PARTS.
Progress = Callable[[float], object]
# A fit takes about 25 steps, and there are two; the rest takes no longer than one of the others.
_MIXED_STEPS, _OTHERS = 50, 9
PARTS = _MIXED_STEPS + _OTHERS
# A page cannot wait for the mixed model of more answers.
QUICK_ANSWERS = 50_000
AGREEMENTS = (By.CORRECT, By.IMAGE, By.WORD, By.CLUSTER)


@dataclass(frozen=True, slots=True)
class Results:
    """Of the counted answers. `mixed` is None where it was not asked for."""

    answers: Answers
    accuracies: Accuracies
    grids: tuple[Grid, ...]
    conditions: tuple[Condition, ...]
    confusions: tuple[Confused, ...] | NotEstimable
    agreements: tuple[tuple[By, Agreement | NotEstimable], ...]
    reliability: Reliability | NotEstimable
    careless: WithAndWithout
    times: Times | NotEstimable
    positions: Positions | NotEstimable
    mixed: Mixed | NotEstimable | None


def results_of(
    selected: Selected,
    *,
    with_mixed: bool = True,
    baseline: str = "",
    seed: int = DEFAULT_SEED,
    progress: Progress = lambda _: None,
) -> Results:
    """All figures; bootstrap and random splits follow the seed.

    `baseline` is the condition that others are compared with, "" for the first.
    """
    tell = _Told(progress)
    is_paired = selected.frame.study.design == Study.Design.WITHIN
    everybody = selected.frame.select(replace(selected.selection, rules=None))
    return Results(
        answers=selected.answers,
        accuracies=tell(selected.once(accuracies_of, selected.answers.words)),
        grids=tell(selected.once(grids_of)),
        conditions=tell(selected.once(conditions_of, is_paired=is_paired, baseline=baseline)),
        confusions=tell(confusions_of(_with_offers(selected))),
        agreements=tell(tuple((by, selected.once(agreement, by, seed=seed)) for by in AGREEMENTS)),
        reliability=tell(selected.once(reliability, seed=seed)),
        careless=tell(with_and_without(everybody.answers, selected.careless)),
        times=tell(selected.once(times)),
        positions=tell(selected.once(positions)),
        mixed=tell.fit(selected.answers) if with_mixed else None,
    )


def _with_offers(selected: Selected) -> Answers:
    """With the grids that were shown, where questions do not tell what was offered."""
    are_fixed = all(question.is_fixed for question in selected.answers.questions)
    return selected.answers if are_fixed else selected.grids()


class _Told:
    """Tells of each part when it is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._steps = 0

    def __call__(self, part: T) -> T:
        self._progress(1)
        return part

    def fit(self, answers: Answers) -> Mixed | NotEstimable:
        found = mixed_of(answers, self._step)
        self._progress(_MIXED_STEPS - self._steps)
        return found

    def _step(self) -> None:
        if self._steps < _MIXED_STEPS:
            self._steps += 1
            self._progress(1)
