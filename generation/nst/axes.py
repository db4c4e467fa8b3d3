"""Many long vectors on the few axes that they span."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.nst.retrieval import Matrix, Vectors, VectorsError, blocks

# Cosine of Neural Style Vectors from which on two files count as the same picture. Measured on
# nine photographs: written again as JPEG of quality 50, halved, or cropped by 2 % a side they
# kept 0.993 or more; cropped by 10 %, 0.93 to 0.986.
SAME_PICTURE = 0.993


@dataclass(frozen=True)
class Axes:
    """n vectors (n, d) on their own principal axes, of which there are r < n.

    `points` (n, r) have exactly the vectors' distances and inner products (about their mean).
    The rotation knows no label and adapts nothing to one: a linear classifier with a penalty on
    the length of its weights, and none on its intercept, that is fitted to some of the points is
    the one that these rows' vectors would give. So nothing leaks from the rows that are left out
    for testing, although they too were rotated.

    `dual` (n, r) leads back: the axes are the columns of vectors^T @ dual, of length 1.
    `groups` (n,) numbers the pictures; rows of one number are near-duplicates of each other.
    """

    points: Matrix
    dual: Matrix
    groups: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.points)


def principal_axes(vectors: Vectors, same: Sequence[Hashable] | None = None) -> Axes:
    """The axes of vectors (n, d), which are read in blocks and may not fit into memory.

    Rows with an equal entry in `same`, such as a file's hash, and rows whose cosine is at least
    SAME_PICTURE, are one picture, also by way of third ones. Raises VectorsError.
    """
    if same is not None and len(same) != len(vectors):
        raise VectorsError(f"same: expected {len(vectors)} entries, got {len(same)}")
    products = _inner_products(vectors)
    means = products.mean(0)
    centred = products - means - means[:, None] + means.mean()
    values, rotated = np.linalg.eigh(centred)
    kept = values > 1e-10 * max(float(values[-1]), 1e-300)
    lengths = np.sqrt(values[kept])
    dual = rotated[:, kept] / lengths
    # Centred once more: the vectors' mean must not come back in by rounding.
    return Axes(rotated[:, kept] * lengths, dual - dual.mean(0), _pictures(products, same))


def _inner_products(vectors: Vectors) -> Matrix:
    """(n, d) -> (n, n), with two blocks in memory at a time."""
    if len(vectors) == 0:
        raise VectorsError("vectors: expected at least one, got none")
    products = np.empty((len(vectors), len(vectors)))
    for start, block in blocks(vectors):
        end = start + len(block)
        products[start:end, start:end] = block @ block.T
        for shift, other in blocks(_From(vectors, end), width=block.shape[1]):
            columns = slice(end + shift, end + shift + len(other))
            products[start:end, columns] = block @ other.T
            products[columns, start:end] = products[start:end, columns].T
    return products


@dataclass(frozen=True)
class _From(Sequence[npt.NDArray[Any]]):
    """The rows from `first` on, without reading one."""

    vectors: Vectors
    first: int

    def __len__(self) -> int:
        return len(self.vectors) - self.first

    def __getitem__(self, index: Any) -> Any:
        return self.vectors[self.first + index]


def _pictures(products: Matrix, same: Sequence[Hashable] | None) -> npt.NDArray[np.intp]:
    """The number of each row's picture: connected by likeness or by an equal entry in `same`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    lengths = np.sqrt(np.diagonal(products))
    # A vector of zeros is like no other.
    alike = products >= SAME_PICTURE * np.maximum(np.outer(lengths, lengths), 1e-12)
    if same is not None:
        firsts: dict[Hashable, int] = {}
        for i, entry in enumerate(same):
            alike[i, firsts.setdefault(entry, i)] = True
    return np.asarray(connected_components(coo_array(alike), directed=False)[1], dtype=np.intp)
