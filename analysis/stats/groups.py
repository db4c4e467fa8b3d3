"""Sums and medians of answers by group, without a loop over answers or groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Ints


def table(rows: Ints, columns: Ints, shape: tuple[int, int]) -> NDArray[np.int64]:
    """How often each pair of row and column occurs."""
    return np.bincount(
        rows.astype(np.int64) * shape[1] + columns, minlength=shape[0] * shape[1]
    ).reshape(shape)


def medians(values: NDArray[np.floating], group: Ints, groups: int) -> NDArray[np.float64]:
    """The median of each group's values that are not NaN; NaN where a group has none."""
    known = ~np.isnan(values)
    values, group = values[known], group[known]
    values = values[np.lexsort((values, group))]
    sizes = np.bincount(group, minlength=groups)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    found = np.full(groups, np.nan)
    some = sizes > 0
    first = starts[some] + (sizes[some] - 1) // 2
    second = starts[some] + sizes[some] // 2
    found[some] = (values[first] + values[second]) / 2
    return found
