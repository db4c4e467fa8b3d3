"""Features, which may not fit into memory together -> points with their distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.nst.features import Features
from generation.nst.retrieval import Matrix, blocks, sketch

LANDMARKS = 512  # images up to which the points are exact

_AXES = 256
_BLOCK_BYTES = 128 * 2**20

Rows = npt.NDArray[np.float32]


def joint_matrix(
    features: Sequence[Features],
    *,
    deep_weight: float,
    style_weight: float,
    landmarks: int = LANDMARKS,
) -> Matrix:
    """Both descriptors side by side, each of length 1 times its weight, as points of fewer numbers.

    `features` gives one image's at a time, and each is asked for once, a landmark's twice; in
    memory are `landmarks` of them, a block of 128 MB, and the points.

    Up to `landmarks` images: (n, n), all on their own principal axes, of which n images have no
    more. Distances are exact to the rounding of float32.

    More images: (n, 256 + 1024). The first columns are exact coordinates on the principal axes
    of `landmarks` images, drawn with a fixed seed. The others are a count sketch of what these
    axes leave over, which keeps it in the distances: without it the clusters would look tighter
    than they are, and an image that is like no landmark not like an outlier. The distances
    are unbiased, and the same for the same images in the same order.

    Raises VectorsError for features of unequal lengths or with elements that are no numbers.
    """
    joint = _Joint(features, deep_weight, style_weight)
    # RandomState, unlike Generator, promises the same stream in every version of NumPy.
    drawn = np.random.RandomState(0).permutation(len(joint))[:landmarks]
    chosen = _rows(_Some(joint, np.sort(drawn)))
    values, vectors = np.linalg.eigh(_centred_products(chosen))
    lengths = np.sqrt(np.clip(values, 0, None))
    if len(joint) <= landmarks:
        return np.asarray(vectors * lengths)
    kept = np.flatnonzero(values > 1e-10 * values[-1])[-_AXES:]
    return _on_axes(joint, _axes(chosen, vectors[:, kept] / lengths[kept]), chosen.mean(0))


def _on_axes(joint: _Joint, axes: Rows, mean: Rows) -> Matrix:
    """Coordinates on axes (r, d) of length 1, and the sketch of what is left: (n, r + 1024)."""
    sketched = sketch(axes)
    found = []
    for _, block in blocks(joint):
        centred = np.asarray(block - mean, dtype=np.float32)
        along = centred @ axes.T
        found.append(np.hstack([along, sketch(centred) - along @ sketched]))
    return np.vstack(found).astype(np.float64)


def _rows(joint: _Some) -> Rows:
    """All of them in memory: (n, d)."""
    found = np.empty((len(joint), len(joint[0]) if len(joint) else 0), dtype=np.float32)
    for start, block in blocks(joint):
        found[start : start + len(block)] = block
    return found


def _centred_products(rows: Rows) -> Matrix:
    """Inner products about the rows' mean: (n, d) -> (n, n), summed in float64."""
    products = np.zeros((len(rows), len(rows)))
    for columns in _columns(rows):
        some = rows[:, columns].astype(np.float64)
        some -= some.mean(0)
        products += some @ some.T
    return products


def _axes(rows: Rows, dual: Matrix) -> Rows:
    """The principal axes (r, d) of rows (n, d), whose combinations by `dual` (n, r) they are."""
    axes = np.empty((dual.shape[1], rows.shape[1]), dtype=np.float32)
    for columns in _columns(rows):
        axes[:, columns] = dual.T @ rows[:, columns].astype(np.float64)
    return axes


def _columns(rows: Rows) -> list[slice]:
    step = max(1, _BLOCK_BYTES // (8 * max(1, len(rows))))
    return [slice(start, start + step) for start in range(0, rows.shape[1], step)]


@dataclass(frozen=True)
class _Joint(Sequence[Rows]):
    """The weighted descriptors of each image side by side, made when they are asked for."""

    features: Sequence[Features]
    deep_weight: float
    style_weight: float

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: Any) -> Any:
        one = self.features[index]
        return np.concatenate([self.deep_weight * one.deep, self.style_weight * one.style])


@dataclass(frozen=True)
class _Some(Sequence[Rows]):
    """Some of the rows, without reading one."""

    rows: _Joint
    places: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[self.places[index]]
