"""Whether a measure of an image predicts how people answer: rank correlations over images.

Images of one word are alike, and so are their shares of votes. The interval therefore takes
words as the sample (Field and Welsh 2007: whole clusters are drawn again), and the test compares
an image with the other images of its word alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Ints
from analysis.stats.intervals import UPPER, Interval, NotEstimable, Reason

Floats = NDArray[np.float64]

LEAST_VALUES = 5
LEAST_GROUPS = 5
_LEAST_DEFINED = 0.95  # of the resamples, for an interval from them
_CELLS = 200_000  # numbers of a table of resamples at once
_SAME = 1e-9  # two correlations that differ by less are equal but for rounding


@dataclass(frozen=True, slots=True)
class Draws:
    """How many resamples and permutations are drawn, and from which seed."""

    resamples: int = 1000
    permutations: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Within:
    """The rank correlation within groups and its two-sided permutation p.

    Ranks are taken within each group, so that groups of any level count alike; p counts the data
    among the permutations (Phipson and Smyth 2010).
    """

    n: int
    groups: int
    rho: float
    p: float
    permutations: int


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's rho of n values, and its percentile bootstrap interval over groups.

    Its ends can lie anywhere in [-1, 1].
    """

    n: int
    groups: int
    rho: float
    interval: Interval | NotEstimable
    resamples: int
    within: Within | NotEstimable


def rank_correlation(
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    group: Ints,
    draws: Draws = Draws(),
) -> RankCorrelation | NotEstimable:
    """Of x and y (n,), which are left out where either is NaN; `group` (n,) is their word."""
    known = np.isfinite(x) & np.isfinite(y)
    a, b = x[known].astype(np.float64), y[known].astype(np.float64)
    if len(a) < LEAST_VALUES:
        return NotEstimable(Reason.FEWER_THAN_FIVE_VALUES)
    if a.min() == a.max() or b.min() == b.max():
        return NotEstimable(Reason.VALUES_ALIKE)
    _, member = np.unique(group[known], return_inverse=True)
    rng = np.random.default_rng(draws.seed)
    ones = np.ones((1, len(a)))
    return RankCorrelation(
        n=len(a),
        groups=int(member.max()) + 1,
        rho=float(weighted_spearman(a, b, ones)[0]),
        interval=_interval(a, b, member, draws.resamples, rng),
        resamples=draws.resamples,
        within=_within(a, b, member, draws.permutations, rng),
    )


def rank_differences(x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """By how much x ranks higher than y (n,), as a share of the ranks; NaN where either is."""
    known = np.isfinite(x) & np.isfinite(y)
    found: Floats = np.full(len(x), np.nan)
    if known.sum() < 2:
        return found
    ones = np.ones((1, int(known.sum())))
    ranks = [_midranks(values[known].astype(np.float64), ones)[0] for values in (x, y)]
    found[known] = (ranks[0] - ranks[1]) / (known.sum() - 1)
    return found


def weighted_spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's rho (B,) where value i occurs weights[b, i] times, of weights (B, n).

    NaN where all that occur are alike.
    """
    n = np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    a, b = (
        ranks - (weights * ranks).sum(axis=1, keepdims=True) / n
        for ranks in (_midranks(x, weights), _midranks(y, weights))
    )
    spread = np.sqrt((weights * a**2).sum(axis=1) * (weights * b**2).sum(axis=1))
    found: Floats = np.full(len(weights), np.nan)
    np.divide((weights * a * b).sum(axis=1), spread, out=found, where=spread > _SAME)
    return found


def _midranks(values: Floats, weights: Floats) -> Floats:
    """Mean ranks (B, n) of values (n,) that occur weights (B, n) times; equal values share one."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    times = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(times, axis=1) - (times - 1) / 2
    _, place = np.unique(values, return_inverse=True)
    return ranks[:, place]


def _interval(
    x: Floats, y: Floats, member: Ints, resamples: int, rng: np.random.Generator
) -> Interval | NotEstimable:
    groups = int(member.max()) + 1
    if groups < LEAST_GROUPS:
        return NotEstimable(Reason.FEWER_THAN_FIVE_WORDS)
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    rows = max(1, _CELLS // len(x))
    drawn = np.concatenate(
        [
            weighted_spearman(x, y, times[at : at + rows, member].astype(np.float64))
            for at in range(0, resamples, rows)
        ]
    )
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < max(1, _LEAST_DEFINED * resamples):
        return NotEstimable(Reason.UNDEFINED_RESAMPLES)
    low, high = np.quantile(defined, [1 - UPPER, UPPER])
    return Interval(float(low), float(high))


def _within(
    x: Floats, y: Floats, member: Ints, permutations: int, rng: np.random.Generator
) -> Within | NotEstimable:
    order = np.argsort(member, kind="stable")
    member = member[order]
    a, b = (_centred_ranks(values[order], member) for values in (x, y))
    # A group where either is constant says nothing, whatever the order.
    telling = _varies(a, member) & _varies(b, member)
    if not telling.any():
        return NotEstimable(Reason.ALIKE_WITHIN_WORDS)
    a, b, member = a[telling], b[telling], member[telling]
    spread = float(np.sqrt((a**2).sum() * (b**2).sum()))
    rho = float(a @ b) / spread
    further = 0
    rows = max(1, _CELLS // len(a))
    for at in range(0, permutations, rows):
        keys = member + rng.random((min(rows, permutations - at), len(a)))
        drawn = a[np.argsort(keys, axis=1)] @ b / spread
        further += int((np.abs(drawn) >= abs(rho) - _SAME).sum())
    p = (1 + further) / (1 + permutations)
    return Within(len(a), len(np.unique(member)), rho, p, permutations)


def _centred_ranks(values: Floats, member: Ints) -> Floats:
    """Mean ranks within each group, less the group's mean (n,); `member` is sorted."""
    ranks = np.empty_like(values)
    for group in range(int(member.max()) + 1):
        own = member == group
        mine = _midranks(values[own], np.ones((1, int(own.sum()))))[0]
        ranks[own] = mine - mine.mean()
    return ranks


def _varies(centred: Floats, member: Ints) -> NDArray[np.bool_]:
    """Whether the group of each value has any spread (n,)."""
    spread = np.bincount(member, weights=centred**2)
    return np.asarray(spread[member] > _SAME)
