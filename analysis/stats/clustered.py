"""Errors of pooled accuracies whose answers are alike: those of one person, of one question.

Everything is computed from the correct and all answers of each cluster, so that its cost grows
with people and questions, not with answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import (
    UPPER,
    Interval,
    NotEstimable,
    PeopleMean,
    Reason,
    wilson,
)

Counts = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Correct and all answers of each cluster (g,); clusters without answers are left out."""

    correct: Counts
    n: Counts

    def __post_init__(self) -> None:
        if np.any(self.n <= 0) or np.any(self.correct < 0) or np.any(self.correct > self.n):
            raise StatisticsError("expected 0 <= correct <= n and n > 0 in every cluster")

    def __len__(self) -> int:
        return len(self.n)

    @property
    def totals(self) -> tuple[int, int]:
        return int(self.correct.sum()), int(self.n.sum())

    @property
    def shares(self) -> NDArray[np.float64]:
        return self.correct / self.n

    @property
    def have_one_share(self) -> bool:
        """Whether all are equally accurate: an exact comparison of fractions."""
        # Python's integers, for products of counts can be larger than 64 bits.
        correct, n = int(self.correct[0]), int(self.n[0])
        return bool(np.all(self.correct.astype(object) * n == self.n.astype(object) * correct))


def clusters(correct: NDArray[np.bool_], cluster: NDArray[np.integer]) -> Clusters:
    """The counts of answers (n,) that were correct or not, by the index of their cluster (n,)."""
    n = np.bincount(cluster)
    right = np.bincount(cluster[correct], minlength=len(n))
    return Clusters(right[n > 0], n[n > 0])


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Of one pooled accuracy: as if answers were independent, and clustered."""

    iid: float | NotEstimable
    participant: float | NotEstimable
    question: float | NotEstimable
    two_way: float | NotEstimable


def standard_errors(people: Clusters, questions: Clusters) -> StandardErrors:
    """The errors of the pooled accuracy of the answers that both count."""
    if people.totals != questions.totals:
        raise StatisticsError(
            f"expected the same answers by person and by question, "
            f"got {people.totals} and {questions.totals}"
        )
    return StandardErrors(
        iid=binomial_error(*people.totals),
        participant=clustered_error(people),
        question=clustered_error(
            questions, Reason.FEWER_THAN_TWO_QUESTIONS, Reason.NO_QUESTION_VARIANCE
        ),
        two_way=_two_way(people, questions),
    )


def binomial_error(correct: int, n: int) -> float | NotEstimable:
    """The error of a share of independent answers: sqrt(p (1 - p) / n)."""
    degenerate = _degenerate(correct, n)
    return degenerate or math.sqrt(_binomial_variance(correct, n))


def clustered_error(
    clusters: Clusters,
    too_few: Reason = Reason.FEWER_THAN_TWO_PEOPLE,
    alike: Reason = Reason.NO_VARIANCE,
) -> float | NotEstimable:
    """The error of the pooled share, robust to likeness within clusters.

    The sandwich of an intercept-only linear model with the correction g / (g - 1) (Liang, Zeger
    1986; Cameron, Miller 2015, eq. 11).
    """
    degenerate = _degenerate(*clusters.totals)
    if degenerate:
        return degenerate
    if len(clusters) < 2:
        return NotEstimable(too_few)
    if clusters.have_one_share:
        return NotEstimable(alike)
    return math.sqrt(_clustered_variance(clusters))


def participant_mean(people: Clusters) -> PeopleMean | NotEstimable:
    """The mean of people's accuracies with its t interval, as `people_mean`, from arrays."""
    if not len(people):
        return NotEstimable(Reason.NO_ANSWERS)
    if len(people) == 1:
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    if people.have_one_share:
        return NotEstimable(Reason.NO_VARIANCE)
    shares, g = people.shares, len(people)
    mean, error = float(shares.mean()), float(shares.std(ddof=1)) / math.sqrt(g)
    half = float(special.stdtrit(g - 1, UPPER)) * error
    return PeopleMean(g, mean, Interval(mean - half, mean + half))


def design_effect(people: Clusters) -> float | NotEstimable:
    """How many times the clustered variance is the binomial one; at least 1 (Kish 1965, 8.2).

    Below 1 it says that people answered more alike than by chance, which few people often do;
    it is then taken as 1, so that an interval never becomes shorter by clustering.
    """
    degenerate = _degenerate(*people.totals)
    if degenerate:
        return degenerate
    if len(people) < 2:
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    return max(1.0, _clustered_variance(people) / _binomial_variance(*people.totals))


def wilson_effective(people: Clusters) -> Interval | NotEstimable:
    """Wilson's interval with the effective number of answers, n / design effect."""
    effect = design_effect(people)
    if isinstance(effect, NotEstimable):
        return effect
    correct, n = people.totals
    return wilson(correct / effect, n / effect)


def _two_way(people: Clusters, questions: Clusters) -> float | NotEstimable:
    """Clustered by person and by question (Cameron, Gelbach, Miller 2011, eq. 2.11).

    Each part has its own g / (g - 1). Their intersection is the single answer, for a person
    answers a question once.
    """
    for error in (
        clustered_error(people),
        clustered_error(questions, Reason.FEWER_THAN_TWO_QUESTIONS, Reason.NO_QUESTION_VARIANCE),
    ):
        # One share in all people is a variance of 0, which the other part may well stand on.
        if isinstance(error, NotEstimable) and error.reason not in (
            Reason.NO_VARIANCE, Reason.NO_QUESTION_VARIANCE,
        ):  # fmt: skip
            return error
    correct, n = people.totals
    single = _binomial_variance(correct, n) * n / (n - 1)
    variance = _clustered_variance(people) + _clustered_variance(questions) - single
    if variance <= 0:
        return NotEstimable(Reason.NEGATIVE_VARIANCE)
    return math.sqrt(variance)


def _degenerate(correct: int, n: int) -> NotEstimable | None:
    if n == 0:
        return NotEstimable(Reason.NO_ANSWERS)
    return NotEstimable(Reason.ALL_ALIKE) if correct in (0, n) else None


def _binomial_variance(correct: int, n: int) -> float:
    share = correct / n
    return share * (1 - share) / n


def _clustered_variance(clusters: Clusters) -> float:
    correct, n = clusters.totals
    residuals = clusters.correct - clusters.n * (correct / n)
    g = len(clusters)
    return float(np.sum(residuals**2)) / n**2 * g / (g - 1)
