"""Features -> clusters of similar style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.nst.errors import NstError
from generation.nst.features import Features

Matrix = npt.NDArray[np.float64]


class ClusteringError(NstError, ValueError):
    """Too few or too equal images for the clusters asked for."""


@dataclass(frozen=True)
class Partition:
    """Clusters 0..k-1, larger ones first; `members[c]` lists (image, distance), nearest first.

    `silhouette` is the mean silhouette coefficient (-1 to 1), None when every image is alone.
    """

    members: tuple[tuple[tuple[int, float], ...], ...]
    silhouette: float | None


def joint_matrix(
    features: Sequence[Features], *, deep_weight: float, style_weight: float
) -> Matrix:
    """Both descriptors side by side, each of length 1 times its weight: (n, 512 or 4096 + 305,440).

    Rotated to its principal axes, of which n images have at most n: distances stay exact and
    k-means runs on (n, n) instead of on 306,000 columns.
    """
    joint = np.hstack(
        [
            deep_weight * np.stack([item.deep for item in features]).astype(np.float64),
            style_weight * np.stack([item.style for item in features]).astype(np.float64),
        ]
    )
    centred = joint - joint.mean(0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)))


def partition(points: Matrix, *, k: int, seed: int) -> Partition:
    """k-means of points (n, d) with a stored seed, the best of ten starts.

    Raises ClusteringError when there are fewer than k different points.
    """
    different = len(np.unique(points.round(9), axis=0))
    if different < k:
        raise ClusteringError(f"expected at least {k} different images, got {different}")
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    fitted = KMeans(k, n_init=10, random_state=seed).fit(points)
    distances = np.linalg.norm(points - fitted.cluster_centers_[fitted.labels_], axis=1)
    groups = [np.flatnonzero(fitted.labels_ == label) for label in range(k)]
    groups.sort(key=lambda group: (-len(group), group[0]))
    members = tuple(
        tuple((int(i), float(distances[i])) for i in group[np.argsort(distances[group])])
        for group in groups
    )
    several = 1 < k < len(points)
    return Partition(members, float(silhouette_score(points, fitted.labels_)) if several else None)
