"""The middle half of long-tailed values, of everything and group by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers, Ints
from analysis.stats.intervals import NotEstimable, Reason

_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Spread:
    """The quartiles of n values, interpolated linearly (type 7 of Hyndman and Fan 1996)."""

    n: int
    q1: float
    median: float
    q3: float


def spread(values: NDArray[np.floating]) -> Spread | NotEstimable:
    """Of all values that are not NaN."""
    return spreads(values, np.zeros(len(values), dtype=np.int64), 1)[0]


def spreads(
    values: NDArray[np.floating], group: Ints, groups: int
) -> tuple[Spread | NotEstimable, ...]:
    """Of the values (n,) of each group (n,) that are not NaN, for groups 0 .. `groups` - 1."""
    known = ~np.isnan(values)
    values, group = values[known], group[known]
    values = values[np.lexsort((values, group))]
    sizes = np.bincount(group, minlength=groups)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    some = sizes > 0
    found = np.array([_quantiles(values, starts[some], sizes[some], q) for q in _QUARTERS])
    rows = iter(found.T.tolist())
    return tuple(
        Spread(n, *next(rows)) if n else NotEstimable(Reason.NO_TIMES) for n in sizes.tolist()
    )


def places(answers: Answers) -> NDArray[np.int64]:
    """The place of each answer in its person's sequence, from 0 (n,).

    Rows of a person are in presentation order, but people can be interleaved.
    """
    order = np.argsort(answers.person, kind="stable")
    sizes = np.bincount(answers.person, minlength=len(answers.people))
    starts = np.cumsum(sizes) - sizes
    found = np.empty(len(answers), dtype=np.int64)
    found[order] = np.arange(len(answers)) - starts[answers.person[order]]
    return found


def _quantiles(
    ordered: NDArray[np.floating], starts: Ints, sizes: Ints, share: float
) -> NDArray[np.float64]:
    """The quantile of each run of ordered values."""
    place = (sizes - 1) * share
    below = np.floor(place).astype(np.int64)
    low = ordered[starts + below]
    high = ordered[starts + np.minimum(below + 1, sizes - 1)]
    return low + (high - low) * (place - below)
