"""Intervals at 95 %, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from analysis.stats.errors import StatisticsError

CONFIDENCE = 0.95
UPPER = (1 + CONFIDENCE) / 2


class Reason(StrEnum):
    """Why a figure cannot be estimated."""

    NO_ANSWERS = "there are no answers"
    FEWER_THAN_TWO_PEOPLE = "an interval over people needs at least two people"
    NO_VARIANCE = "all people have the same accuracy, so their spread is unknown"
    NO_PAIRS = "nobody answered in both conditions"
    NO_CHANGES = "nobody answered the conditions differently"
    SAME_DIFFERENCE = "all people have the same difference, so their spread is unknown"
    FEWER_THAN_TWO_QUESTIONS = "an error over questions needs at least two questions"
    NO_QUESTION_VARIANCE = "all questions have the same accuracy, so their spread is unknown"
    ALL_ALIKE = "all answers are correct or all are wrong, so their spread is unknown"
    NEGATIVE_VARIANCE = "the estimate of the variance is negative"
    ALL_CORRECT = "all answers are correct, so it has no upper end"
    ALL_WRONG = "all answers are wrong, so it has no lower end"
    CERTAIN_CHANCE = "guessing is always correct or always wrong"
    TOO_LARGE = "it is too large to be written; its logarithm is given"
    TABLE_TOO_SMALL = "votes in at least two rows and two columns are needed"
    NEVER_SIGNIFICANT = "not even all answers correct would differ from guessing"
    NOT_ABOVE_CHANCE = "an accuracy that is not above chance is never found to be above it"
    TOO_MANY_ANSWERS = "more answers are needed than any study has"
    NO_POSITIONS = "the chosen cells of the grid are not known"
    ONE_OPTION = "there was nothing to choose between"
    NO_GRID = "which images each person was offered is not known"
    NO_TIMES = "no response times were measured"
    TIME_ZERO = "a response time is zero or less, which has no logarithm"
    NEVER_SHOWN = "it was never shown"
    OPTIONS_DIFFER = "people were offered different images"
    NO_COMMON_QUESTION = "no question was answered by two people"
    ONE_CATEGORY = "all answers are of one kind, so agreement beyond chance is not defined"
    UNDEFINED_RESAMPLES = "it is not defined in too many of the resamples"
    NO_EQUAL_CHANCE = "its categories are not equally likely by chance"
    FEWER_THAN_THREE_WORDS = "a correlation over words needs at least three"
    WORDS_ALIKE = "the words do not differ enough in a half of the people"
    FEWER_THAN_TWO_COMPLETE = "fewer than two people answered every question"
    ONE_CONTENT = "only one content image was asked about"
    CHOICES_ALIKE = "all choices are of one kind"
    NOT_CONVERGED = "the fit did not converge"
    TOO_FEW_GROUPS = "a mixed model needs two people and two words at least"
    ONE_ANSWER_EACH = "everybody gave one answer, so people cannot be told from chance"
    CONTENT_ALIKE = "all answers to a content image are correct, or all are wrong"
    ONE_CONTENT_EACH = "each word was asked on one content image"
    FEWER_THAN_FIVE_VALUES = "a rank correlation needs at least five values"
    FEWER_THAN_FIVE_WORDS = "an interval over words needs at least five of them"
    VALUES_ALIKE = "all values are alike"
    ALIKE_WITHIN_WORDS = "no word has images that differ in both"


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """Stands where a figure would stand, and says why there is none."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of a share; `low <= high`."""

    low: float
    high: float

    def clipped(self) -> Interval:
        """The part within [0, 1]: a t interval over few people can reach beyond."""
        return Interval(min(max(self.low, 0.0), 1.0), min(max(self.high, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class PeopleMean:
    """The mean of people's accuracies, with a t interval over the people."""

    people: int
    mean: float
    interval: Interval


def require_counts(correct: float, n: float) -> None:
    """Raise StatisticsError unless `0 <= correct <= n` and `n > 0`."""
    if not 0 <= correct <= n or n == 0:
        raise StatisticsError(f"expected 0 <= correct <= n and n > 0, got {correct} of {n}")


def wilson(correct: float, n: float) -> Interval:
    """The score interval of a share of independent answers (Wilson 1927, eq. 6).

    The counts need not be whole: an effective number of answers is not.
    """
    require_counts(correct, n)
    z = float(special.ndtri(UPPER))
    centre = (correct + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * math.sqrt(correct * (n - correct) / n + z**2 / 4)
    # Both ends are exact at the borders, where the difference above leaves a rounding error.
    return Interval(
        0.0 if correct == 0 else centre - half,
        1.0 if correct == n else centre + half,
    )


def clopper_pearson(correct: int, n: int) -> Interval:
    """The exact interval of a share: never too short, mostly too long (Clopper, Pearson 1934)."""
    require_counts(correct, n)
    tail = 1 - UPPER
    low = special.betaincinv(correct, n - correct + 1, tail) if correct else 0.0
    high = special.betaincinv(correct + 1, n - correct, UPPER) if correct < n else 1.0
    return Interval(float(low), float(high))


def people_mean(scores: Sequence[tuple[int, int]]) -> PeopleMean | NotEstimable:
    """The mean of the accuracies of people, each `(correct, n)`, and its t interval.

    Answers of one person are alike, which intervals over pooled answers ignore; people are
    independent. The interval is not cut at 0 and 1. People without answers are left out.
    """
    answering = [(correct, n) for correct, n in scores if n]
    for correct, n in answering:
        require_counts(correct, n)
    shares = [correct / n for correct, n in answering]
    if not shares:
        return NotEstimable(Reason.NO_ANSWERS)
    if len(shares) == 1:
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    if min(shares) == max(shares):
        return NotEstimable(Reason.NO_VARIANCE)
    return PeopleMean(len(shares), float(np.mean(shares)), t_interval(shares))


def t_interval(values: Sequence[float]) -> Interval:
    """Student's interval of the mean of two or more values that are not all alike."""
    n, mean = len(values), float(np.mean(values))
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    half = float(special.stdtrit(n - 1, UPPER)) * error
    return Interval(mean - half, mean + half)
