"""Two clusterings of a word, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generation.models import Clustering
from generation.nst.agreement import Agreement, agreement
from generation.services.curate import Group, groups_of


@dataclass(frozen=True)
class Comparison:
    """Two clusterings of a word, cluster by cluster."""

    before: Clustering
    after: Clustering
    rows: list[tuple[Group | None, Group | None]]
    agreement: Agreement
    moved: frozenset[int]  # images that are not in the pair of their cluster
    only_before: frozenset[int]
    only_after: frozenset[int]


def compare(*, before: Clustering, after: Clustering) -> Comparison:
    """What became of the clusters of `before` in `after`."""
    old, new = groups_of(before), groups_of(after)
    was, now = _places(old), _places(new)
    found = agreement(was, now)
    row_before = {pair[0]: row for row, pair in enumerate(found.pairs)}
    row_after = {pair[1]: row for row, pair in enumerate(found.pairs)}
    both = was.keys() & now.keys()
    return Comparison(
        before, after,
        rows=[(_of(old, pair[0]), _of(new, pair[1])) for pair in found.pairs],
        agreement=found,
        moved=frozenset(i for i in both if row_before[was[i]] != row_after[now[i]]),
        only_before=frozenset(was.keys() - now.keys()),
        only_after=frozenset(now.keys() - was.keys()),
    )  # fmt: skip


def _places(groups: Iterable[Group]) -> dict[int, int]:
    return {m.web_image_id: group.cluster.index for group in groups for m in group.members}


def _of(groups: Iterable[Group], index: int | None) -> Group | None:
    return next((group for group in groups if group.cluster.index == index), None)
