"""Whether people are above chance, with people and not answers as units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class PeopleTest:
    """Student's one-sided test of people's accuracies, each minus their own chance level."""

    people: int
    t: float
    p_greater: float

    @property
    def df(self) -> int:
        return self.people - 1


def people_above_chance(answers: Answers) -> PeopleTest | NotEstimable:
    """Over everybody who answered: is the mean of their accuracies above guessing?"""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    excess = _excess(answers)
    if len(excess) == 1:
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    # People who are equally far above chance differ by the rounding of their sums.
    if np.ptp(excess) < 1e-12:
        return NotEstimable(Reason.NO_VARIANCE)
    people = len(excess)
    t = float(excess.mean() / (excess.std(ddof=1) / math.sqrt(people)))
    return PeopleTest(people, t, float(special.stdtr(people - 1, -t)))


def _excess(answers: Answers) -> NDArray[np.float64]:
    """The accuracy of each person who answered, minus what guessing gives on their questions."""
    chance = np.array([float(question.chance) for question in answers.questions])
    people = len(answers.people)
    n = np.bincount(answers.person, minlength=people)
    right = np.bincount(answers.person[answers.correct], minlength=people)
    guessed = np.bincount(answers.person, weights=chance[answers.question], minlength=people)
    some = n > 0
    return np.asarray((right[some] - guessed[some]) / n[some])
