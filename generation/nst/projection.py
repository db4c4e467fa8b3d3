"""Styles on a plane, and how far the styles of words overlap before they are put there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.nst.errors import NstError

Matrix = npt.NDArray[np.float64]

_AXES = 50
_PERPLEXITY = 30
_FEWEST = 10  # different points for t-SNE
_DECIMALS = 9  # to which coordinates and distances count as equal
_BLOCK = 512  # rows whose distances to all others are in memory at once


class ProjectionError(NstError, ValueError):
    """Points of the wrong shape, or with elements that are no numbers."""


def project(points: npt.ArrayLike, seed: int) -> npt.NDArray[np.float32]:
    """Points (n, d) -> places on a plane (n, 2), where neighbours mostly stay neighbours.

    Principal axes, at most 50, then t-SNE (van der Maaten and Hinton 2008) from the first two of
    them, with a perplexity of 30, or a third of the other points where there are fewer. Distances
    between groups, their sizes and the axes mean nothing; so the places are centred and scaled to
    a largest coordinate of 1. The same points in the same order and the same seed give the same
    places on the same machine.

    Fewer than ten different points have no neighbourhoods to keep. They lie on the first two
    principal axes, on which three points still have their distances, up to the scale; if all are
    equal they lie at 0. Raises ProjectionError.
    """
    rows = _finite(points)
    centred = rows - rows.mean(0) if len(rows) else rows
    different = len(np.unique(centred.round(_DECIMALS), axis=0))
    if different < 2:
        return np.zeros((len(rows), 2), dtype=np.float32)
    axes = _principal(centred)
    found = axes[:, :2] if different < _FEWEST else _embedded(axes, seed)
    found = found - (found.max(0) + found.min(0)) / 2
    return np.asarray(found / np.abs(found).max(), dtype=np.float32)


def overlap(points: npt.ArrayLike, labels: Sequence[int], k: int) -> tuple[list[int], Matrix]:
    """The words among the k nearest neighbours of each word's points: (words, shares (w, w)).

    `labels` (n,) are the words of the points (n, d); they come back once each, in ascending order.
    A row holds the shares of all words around the points of one word, and sums to 1. Distances
    are those of the points, not of a map made of them: a plane cannot keep all neighbourhoods.

    The words are balanced: the neighbours of each word are counted over all points of the row's
    word, divided by the number of points that they are taken from (the point itself is not its own
    neighbour), and scaled to sum to 1. So a share is in proportion to how often one point of this
    word has one point of that word among its k nearest. A word is not found everywhere because it
    has many images; where all words are mixed alike each share is 1 / w, in which w is the number
    of words. The sums are scaled, not what each point sees, which would favour large words: most
    points see no point of a small one. Points equally far as the k-th share the places that are
    left, so the order of the points does not matter.

    A word of k points or fewer cannot fill a neighbourhood of its own. Its row and its column are
    NaN, "cannot be estimated", and its points are nobody's neighbours. Raises ProjectionError,
    and ValueError for a k below 1.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, got {k}")
    rows, names = _finite(points), np.asarray(labels, dtype=np.int64)
    if names.shape != (len(rows),):
        raise ProjectionError(f"labels: expected the shape ({len(rows)},), got {names.shape}")
    words, places, sizes = np.unique(names, return_inverse=True, return_counts=True)
    shares = np.full((len(words), len(words)), np.nan)
    large = np.flatnonzero(sizes > k)
    kept = np.isin(places, large)
    if len(large):
        own = np.searchsorted(large, places[kept])
        shares[np.ix_(large, large)] = _shares(rows[kept], own, sizes[large], k)
    return [int(word) for word in words], shares


def _shares(rows: Matrix, own: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp], k: int) -> Matrix:
    """The balanced shares (w, w) of rows (n, d) of the words `own` (n,), each of 0 to w - 1."""
    member = np.eye(len(sizes))[own]
    sums = np.zeros((len(sizes), len(sizes)))
    for start in range(0, len(rows), _BLOCK):
        here = slice(start, start + _BLOCK)
        sums += member[here].T @ (_near(rows, here, k) @ member)
    rates = sums / (sizes - np.eye(len(sizes)))
    return np.asarray(rates / rates.sum(1, keepdims=True))


def _near(rows: Matrix, here: slice, k: int) -> Matrix:
    """How much of a place among the k nearest of some rows (b, d) each row has: (b, n)."""
    some = rows[here]
    squares = (rows**2).sum(1)
    far = (squares[here, None] + squares - 2 * some @ rows.T).round(_DECIMALS)
    far[np.arange(len(some)), np.arange(here.start, here.start + len(some))] = np.inf
    limit = np.partition(far, k - 1, axis=1)[:, k - 1 : k]
    nearer, equal = far < limit, far == limit
    left = (k - nearer.sum(1, keepdims=True)) / equal.sum(1, keepdims=True)
    return np.asarray(nearer + left * equal)


def _principal(centred: Matrix) -> Matrix:
    """On at most 50 principal axes, and on two at least: (n, 2 to 50)."""
    from sklearn.decomposition import PCA

    found = PCA(min(_AXES, *centred.shape), svd_solver="full").fit_transform(centred)
    missing = max(0, 2 - found.shape[1])
    return np.asarray(np.pad(found, ((0, 0), (0, missing))))


def _embedded(axes: Matrix, seed: int) -> Matrix:
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(axes) - 1) / 3)
    embedding = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(embedding.fit_transform(axes), dtype=np.float64)


def _finite(points: npt.ArrayLike) -> Matrix:
    rows = np.asarray(points, dtype=np.float64)
    if rows.ndim != 2:
        raise ProjectionError(f"points: expected the shape (n, d), got {rows.shape}")
    if not np.isfinite(rows).all():
        row = int(np.flatnonzero(~np.isfinite(rows).all(1))[0])
        raise ProjectionError(f"point {row}: expected finite numbers")
    return rows
