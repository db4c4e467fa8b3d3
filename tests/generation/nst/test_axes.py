from __future__ import annotations

import numpy as np
import pytest

from generation.nst import retrieval
from generation.nst.axes import principal_axes
from generation.nst.retrieval import VectorsError


def vectors(n=9, d=40, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype("f4")


@pytest.mark.parametrize("rows", [2, 4, 100])
def test_points_keep_distances_and_the_dual_leads_back(monkeypatch, rows):
    x = vectors()
    monkeypatch.setattr(retrieval.blocks, "__kwdefaults__", {"width": None, "most": rows * 40 * 8})
    axes = principal_axes(list(x))
    assert axes.points.shape == (9, 8)  # n points about their mean span n - 1 axes
    for a in range(9):
        expected = np.linalg.norm(x - x[a], axis=1)
        assert np.linalg.norm(axes.points - axes.points[a], axis=1) == pytest.approx(expected)
    directions = x.T @ axes.dual
    np.testing.assert_allclose(directions.T @ directions, np.eye(8), atol=1e-6)
    np.testing.assert_allclose((x - x.mean(0)) @ directions, axes.points, atol=1e-5)


def test_fewer_dimensions_than_vectors_and_equal_vectors():
    x = np.vstack([vectors(30, 3), vectors(30, 3)])
    assert principal_axes(x).points.shape == (60, 3)
    assert principal_axes(np.ones((4, 3))).points.shape == (4, 0)


def test_copies_are_one_picture_also_by_way_of_a_third():
    angles = np.array([0.0, 0.1, 0.2, 1.5, 3.0, 3.05])  # cos 0.1 = 0.995, cos 0.2 = 0.980
    x = np.stack([np.cos(angles), np.sin(angles)], 1)
    assert numbered(principal_axes(x).groups) == [0, 0, 0, 1, 2, 2]
    same = ["a", "b", "c", "d", "a", "e"]
    assert numbered(principal_axes(x, same).groups) == [0, 0, 0, 1, 0, 0]
    assert numbered(principal_axes(5 * x).groups) == [0, 0, 0, 1, 2, 2]
    zeros = np.vstack([x, np.zeros((2, 2))])
    assert numbered(principal_axes(zeros).groups) == [0, 0, 0, 1, 2, 2, 3, 4]


def numbered(groups):
    """The groups' numbers in the order in which they first come."""
    order = list(dict.fromkeys(groups.tolist()))
    return [order.index(group) for group in groups.tolist()]


def test_what_does_not_fit_is_refused():
    with pytest.raises(VectorsError, match="at least one, got none"):
        principal_axes([])
    with pytest.raises(VectorsError, match="same: expected 9 entries, got 2"):
        principal_axes(vectors(), ["a", "b"])
    x = vectors()
    x[4, 2] = np.nan
    with pytest.raises(VectorsError, match="vector 4: expected finite numbers"):
        principal_axes(x)
