"""Two clusterings of the same images, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How much of one partition is in another.

    `pairs` has each cluster of either partition once, beside the one of the other that shares
    most items with it; None where one partition has more clusters. `adjusted_rand` (Hubert and
    Arabie 1985) is 1 for equal partitions and 0 on average for independent ones, None where
    fewer than two items are in both.
    """

    pairs: tuple[tuple[int | None, int | None], ...]
    adjusted_rand: float | None
    common: int


def agreement(before: Mapping[int, int], after: Mapping[int, int]) -> Agreement:
    """Compare two partitions, each a mapping of items to clusters, on the items in both.

    Clusters are paired so that as many items as possible stay in their pair (Kuhn 1955); pairs
    come in the order of the clusters of `after`, then those of `before` that are left.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score

    common = sorted(before.keys() & after.keys())
    rows, columns = sorted(set(before.values())), sorted(set(after.values()))
    shared = Counter((before[item], after[item]) for item in common)
    table = np.array([[shared[row, column] for column in columns] for row in rows])
    matched: dict[int, int] = {}
    if table.size:
        places = zip(*linear_sum_assignment(table, maximize=True), strict=True)
        matched = {columns[j]: rows[i] for i, j in places}
    rest = [row for row in rows if row not in matched.values()]
    rand = None
    if len(common) > 1:
        rand = float(adjusted_rand_score([before[i] for i in common], [after[i] for i in common]))
    pairs = [(matched.get(column), column) for column in columns]
    return Agreement((*pairs, *((row, None) for row in rest)), rand, len(common))
