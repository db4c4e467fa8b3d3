"""Images of similar style: the nearest Neural Style Vectors (Matsuo and Yanai, ICMR 2016)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.nst.errors import NstError

Matrix = npt.NDArray[np.float64]
# Rows of equal length: an array (n, d), which may be a memory map, or anything with a length
# that gives one row (d,) at a time.
Vectors = npt.NDArray[Any] | Sequence[npt.NDArray[Any]]

SKETCH_SIZE = 1024

_BLOCK_BYTES = 128 * 2**20


class VectorsError(NstError, ValueError):
    """Vectors of the wrong shape, or with elements that are no numbers."""


@dataclass(frozen=True)
class Neighbours:
    """The places in the corpus (..., k) and their cosine similarities (..., k), best first."""

    indices: npt.NDArray[np.intp]
    similarities: Matrix


def similar_styles(query: npt.ArrayLike, corpus: Vectors, k: int) -> Neighbours:
    """The k rows of `corpus` (n, d) whose cosine with `query` (d,) or (q, d) is largest.

    Exact. Equal similarities stand in the order of the corpus; a k larger than n gives n. Rows
    are read in blocks of at most 128 MB, so the corpus may be larger than the memory. A vector
    of zeros is similar to nothing. Raises VectorsError for shapes that do not fit and for
    elements that are no finite numbers, ValueError for a k below 1.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, got {k}")
    asked = np.asarray(query, dtype=np.float64)
    if asked.ndim not in (1, 2):
        raise VectorsError(f"query: expected the shape (d,) or (q, d), got {asked.shape}")
    rows = _unit(_finite(np.atleast_2d(asked), "query"))
    places = np.empty((len(rows), 0), dtype=np.intp)
    found = np.empty((len(rows), 0))
    for start, block in blocks(corpus, width=rows.shape[1]):
        # Rounded, because equal rows differ in the last bits by where they lie in a block.
        cosines = (rows @ _unit(block).T).round(12)
        here = np.broadcast_to(np.arange(start, start + len(block)), cosines.shape)
        found, places = np.hstack([found, cosines]), np.hstack([places, here])
        # The places ascend among equals, before and after this stable sort.
        best = np.argsort(-found, axis=1, kind="stable")[:, :k]
        found = np.take_along_axis(found, best, 1)
        places = np.take_along_axis(places, best, 1)
    shape = (*asked.shape[:-1], found.shape[1])
    return Neighbours(places.reshape(shape), found.reshape(shape))


def blocks(
    vectors: Vectors, *, width: int | None = None, most: int = _BLOCK_BYTES
) -> Iterator[tuple[int, Matrix]]:
    """(place of the first row, some rows (b, d) in float64), at most `most` bytes at a time.

    `width` is the d to expect, by default that of the first row. Raises VectorsError.
    """
    if isinstance(vectors, np.ndarray) and vectors.ndim != 2:
        raise VectorsError(f"vectors: expected the shape (n, d), got {vectors.shape}")
    if not len(vectors):
        return
    width = np.size(vectors[0]) if width is None else width
    step = max(1, most // (8 * max(1, width)))
    for start in range(0, len(vectors), step):
        rows = [np.asarray(vectors[i]) for i in range(start, min(start + step, len(vectors)))]
        for i, row in enumerate(rows, start):
            if row.shape != (width,):
                raise VectorsError(f"vector {i}: expected the shape ({width},), got {row.shape}")
        yield start, _finite(np.array(rows, dtype=np.float64), "vector", start)


def sketch(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Vectors (..., d) -> (..., 1024), whose inner products are those of the vectors, nearly.

    A count sketch (Charikar, Chen and Farach-Colton 2002): every element is added, with a random
    sign, to a random one of the 1024 sums. Signs and places come from a fixed seed, so sketches
    made at different times go together. Unbiased; between the Neural Style Vectors of 260 crops
    of photographs the error's standard deviation was 0.03. Of the 12 most similar crops, 91 %
    were among the first 12 by sketch, 99.5 % among the first 24 and all among the first 48: good
    for a short list that exact similarities then put in order.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    where, sign = _hashes(rows.shape[-1])
    sums = [
        np.bincount(where, weights=sign * row, minlength=SKETCH_SIZE)
        for row in rows.reshape(-1, rows.shape[-1])
    ]
    return np.array(sums, dtype=np.float32).reshape(*rows.shape[:-1], SKETCH_SIZE)


@functools.lru_cache(maxsize=2)
def _hashes(width: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    # RandomState, unlike Generator, promises the same stream in every version of NumPy.
    generator = np.random.RandomState(0)
    where = generator.randint(0, SKETCH_SIZE, width, dtype=np.int32)
    return where, generator.randint(0, 2, width, dtype=np.int32) * 2 - 1


def _unit(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1))


def _finite(rows: Matrix, name: str, first: int = 0) -> Matrix:
    """The rows, if each of their elements is a finite number."""
    with np.errstate(invalid="ignore"):
        sums = rows.sum(1)  # of finite numbers finite, without a second array of that size
    if not np.isfinite(sums).all():
        row = int(np.flatnonzero(~np.isfinite(sums))[0])
        raise VectorsError(f"{name} {first + row}: expected finite numbers, got {sums[row]}")
    return rows
