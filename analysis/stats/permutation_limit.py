"""What shuffled answers of many people tend to: a normal distribution of their tables.

Each person's shuffled answers are a small table of known mean and covariance, and people are
independent, so the sum over many of them is nearly normal (the moments are those of Birch 1965,
with people as strata). Drawing it costs the same for any number of people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Ints

Floats = NDArray[np.float64]


def moments(categories: Ints, contents: Ints, people: Ints) -> tuple[Floats, Floats]:
    """Mean (R, C) and covariance (R * C, R * C) of the table of all people's shuffled answers.

    Of K kinds of people: how many answers of each category (K, R) and on each content (K, C)
    each has, and how many there are of each kind (K,).
    """
    m, filled, times = (each.astype(np.float64) for each in (categories, contents, people))
    k = m.sum(axis=1)
    mean = np.einsum("k,kr,kc->rc", times / k, m, filled)
    # Whoever gave a single answer has nothing to shuffle.
    some = k > 1
    m, filled, times, k = m[some], filled[some], times[some], k[some]
    rows = _spread(m, k) * (times / (k - 1))[:, None, None]
    covariance = np.einsum("krs,kcd->rcsd", rows, _spread(filled, k))
    cells = mean.size
    return mean, covariance.reshape(cells, cells)


def limit_tables(
    mean: Floats, covariance: Floats, permutations: int, rng: np.random.Generator
) -> Floats:
    """Tables (permutations, R, C) from the normal distribution; none has less than no votes."""
    values, vectors = np.linalg.eigh(covariance)
    # The margins never change, so some of the values are 0, which rounding may take below.
    scale = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = rng.standard_normal((permutations, len(values))) @ scale.T
    return np.maximum(mean + drawn.reshape(permutations, *mean.shape), 0.0)


def _spread(n: Floats, k: Floats) -> Floats:
    """diag(n) - n n' / k of each kind (K, c, c), of its numbers (K, c) that sum to k (K,)."""
    eye: Floats = np.eye(n.shape[1])
    return n[:, :, None] * eye - n[:, :, None] * n[:, None, :] / k[:, None, None]
