"""Points of features -> clusters of similar style, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from generation.nst.errors import NstError

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

AUTO: Literal["auto"] = "auto"
AUTO_RANGE = range(2, 9)

_OUTLIER = 3.0
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution
_FEWEST_FOR_OUTLIERS = 5


class ClusteringError(NstError, ValueError):
    """Too few or too equal images for the clusters asked for."""


@dataclass(frozen=True)
class Member:
    """Which point, how far from its cluster's centre, and whether too far to be typical."""

    index: int
    distance: float
    outlier: bool


@dataclass(frozen=True)
class Cluster:
    """Its members, nearest to the centre first, so that outliers come last.

    `tightness` is the root mean square distance of the members to the centre, `silhouette` the
    mean of their silhouette coefficients (-1 to 1), None where those are not defined.
    """

    members: tuple[Member, ...]
    tightness: float
    silhouette: float | None


@dataclass(frozen=True)
class Partition:
    """Clusters, larger ones first.

    `silhouette` is the mean silhouette coefficient of all points, None for one cluster and where
    every image is alone.
    """

    clusters: tuple[Cluster, ...]
    silhouette: float | None


def partition(points: Matrix, *, k: int | Literal["auto"], seed: int) -> Partition:
    """k-means of points (n, d) with a stored seed, the best of ten starts.

    With "auto" k is the one of 2 to 8 with the largest mean silhouette (Rousseeuw 1987), of equal
    ones the smallest. Raises ClusteringError when there are fewer than k different points, for
    "auto" fewer than 3.
    """
    different = len(np.unique(points.round(9), axis=0))
    fewest = 3 if k == AUTO else k
    if different < fewest:
        raise ClusteringError(f"expected at least {fewest} different images, got {different}")
    if k != AUTO:
        return _measured(points, *_k_means(points, k, seed))
    tried = [
        _measured(points, *_k_means(points, each, seed))
        for each in AUTO_RANGE
        if each <= min(different, len(points) - 1)
    ]
    return max(tried, key=lambda found: found.silhouette or 0.0)


def outliers(distances: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which of a cluster's distances (n,) to its centre are beyond their robust limit: (n,).

    The limit is the median + 3 x 1.4826 x the median absolute deviation: three standard
    deviations, were the distances normal, which outliers themselves hardly move. Below 5 members,
    and where more than half are equally far, there is no scale to judge by and none is one.
    """
    far = np.asarray(distances, dtype=np.float64)
    if len(far) < _FEWEST_FOR_OUTLIERS:
        return np.zeros(len(far), dtype=bool)
    median = np.median(far)
    deviation = _MAD_TO_DEVIATION * np.median(np.abs(far - median))
    return np.asarray((deviation > 1e-9) & (far > median + _OUTLIER * deviation))


def _k_means(points: Matrix, k: int, seed: int) -> tuple[Labels, Matrix]:
    """Labels (n,), and the distance of each point to its centre (n,)."""
    from sklearn.cluster import KMeans

    fitted = KMeans(k, n_init=10, random_state=seed).fit(points)
    distances = np.linalg.norm(points - fitted.cluster_centers_[fitted.labels_], axis=1)
    return fitted.labels_, distances


def _measured(points: Matrix, labels: Labels, distances: Matrix) -> Partition:
    silhouettes = _silhouettes(points, labels)
    groups = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    groups.sort(key=lambda group: (-len(group), group[0]))
    clusters = tuple(
        Cluster(
            _members(group, distances[group]),
            float(np.sqrt(np.mean(distances[group] ** 2))),
            None if silhouettes is None else float(silhouettes[group].mean()),
        )
        for group in groups
    )
    return Partition(clusters, None if silhouettes is None else float(silhouettes.mean()))


def _members(group: npt.NDArray[Any], distances: Matrix) -> tuple[Member, ...]:
    far = outliers(distances)
    order = np.argsort(distances, kind="stable")
    return tuple(Member(int(group[i]), float(distances[i]), bool(far[i])) for i in order)


def _silhouettes(points: Matrix, labels: Labels) -> Matrix | None:
    """The silhouette coefficient of each point (n,), with a block of the distances at a time."""
    if not 0 < labels.max() < len(points) - 1:
        return None
    from sklearn import config_context
    from sklearn.metrics import silhouette_samples

    with config_context(working_memory=128):  # MB
        return np.asarray(silhouette_samples(points, labels))
