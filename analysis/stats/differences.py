"""Differences between two conditions: of the same people, or of different ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import (
    UPPER,
    Interval,
    NotEstimable,
    Reason,
    require_counts,
    t_interval,
    wilson,
)

# Correct answers, and all of them.
Counts = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """The second share minus the first, over `n` people or answers; -1 <= value <= 1."""

    value: float
    interval: Interval | NotEstimable
    n: int


def newcombe(first: Counts, second: Counts) -> Interval:
    """The interval of `second` minus `first`, shares of independent answers.

    It squares and adds the Wilson intervals of both (Newcombe 1998, method 10).
    """
    (lower_1, upper_1, share_1), (lower_2, upper_2, share_2) = map(_wilson, (first, second))
    difference = share_2 - share_1
    return Interval(
        difference - math.hypot(share_2 - lower_2, upper_1 - share_1),
        difference + math.hypot(upper_2 - share_2, share_1 - lower_1),
    )


def unpaired_difference(first: Counts, second: Counts) -> Difference | NotEstimable:
    """How much the shares of different people's answers differ; `n` counts the answers."""
    if not (first[1] and second[1]):
        return NotEstimable(Reason.NO_ANSWERS)
    value = second[0] / second[1] - first[0] / first[1]
    return Difference(value, newcombe(first, second), first[1] + second[1])


def fisher_exact(first: Counts, second: Counts) -> float | NotEstimable:
    """The two-sided p of Fisher's exact test that both shares are one."""
    from scipy import stats  # half a second, which pages without a test need not wait for

    if not (first[1] and second[1]):
        return NotEstimable(Reason.NO_ANSWERS)
    for correct, n in (first, second):
        require_counts(correct, n)
    table = [[correct, n - correct] for correct, n in (first, second)]
    return float(stats.fisher_exact(table)[1])


def paired_difference(differences: Sequence[float]) -> Difference | NotEstimable:
    """The mean of people's own differences, with a t interval over the people.

    The interval is not cut at -1 and 1; where there is none, the value still stands.
    """
    if not differences:
        return NotEstimable(Reason.NO_PAIRS)
    interval: Interval | NotEstimable
    if len(differences) == 1:
        interval = NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    elif min(differences) == max(differences):
        interval = NotEstimable(Reason.SAME_DIFFERENCE)
    else:
        interval = t_interval(differences)
    return Difference(float(np.mean(differences)), interval, len(differences))


def sign_test(more: int, fewer: int) -> float | NotEstimable:
    """The exact two-sided p of `more` people with a higher and `fewer` with a lower share.

    People without a difference are left out. Where each has one pair of answers, this is
    McNemar's exact test.
    """
    if more < 0 or fewer < 0:
        raise StatisticsError(f"expected numbers of people, got {more} and {fewer}")
    if more + fewer == 0:
        return NotEstimable(Reason.NO_CHANGES)
    tail = special.bdtr(min(more, fewer), more + fewer, 0.5)
    return min(1.0, 2 * float(tail))


def welch_difference(first: Sequence[float], second: Sequence[float]) -> Difference | NotEstimable:
    """The second mean minus the first, of different people's shares (Welch 1947).

    The interval takes neither their spread nor their number as equal; `n` counts the people.
    """
    if not (first and second):
        return NotEstimable(Reason.NO_ANSWERS)
    value, n = float(np.mean(second) - np.mean(first)), len(first) + len(second)
    if min(len(first), len(second)) < 2:
        return Difference(value, NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE), n)
    parts = [_squared_error(shares) for shares in (first, second)]
    if not any(parts):
        return Difference(value, NotEstimable(Reason.NO_VARIANCE), n)
    weights = [part**2 / (len(s) - 1) for part, s in zip(parts, (first, second), strict=True)]
    freedom = sum(parts) ** 2 / sum(weights)
    half = float(special.stdtrit(freedom, UPPER)) * math.sqrt(sum(parts))
    return Difference(value, Interval(value - half, value + half), n)


def _squared_error(shares: Sequence[float]) -> float:
    """Of the mean; 0 where all are alike, which rounding would hide."""
    if min(shares) == max(shares):
        return 0.0
    return float(np.var(shares, ddof=1)) / len(shares)


def _wilson(counts: Counts) -> tuple[float, float, float]:
    interval = wilson(*counts)
    return interval.low, interval.high, counts[0] / counts[1]
