from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.nst.projection import ProjectionError, overlap, project


def random_points(n, d=12, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 9, 10, 11, 40])
def test_every_point_has_a_finite_place(n):
    found = project(random_points(n), seed=0)
    assert (found.shape, found.dtype) == ((n, 2), np.float32)
    assert np.isfinite(found).all()
    assert n < 2 or np.abs(found).max() == 1


@pytest.mark.parametrize("n", [1, 2, 30])
def test_equal_points_lie_in_the_middle(n):
    assert not project(np.full((n, 5), 0.3), seed=0).any()


@pytest.mark.parametrize("different", [2, 3, 9, 12])
def test_copies_do_not_make_places_that_are_no_numbers(different):
    points = np.repeat(random_points(different), 6, axis=0)
    assert np.isfinite(project(points, seed=0)).all()


@pytest.mark.parametrize("width", [1, 2])
def test_points_of_hardly_any_numbers(width):
    assert np.isfinite(project(random_points(20, width), seed=0)).all()


def test_a_triangle_keeps_its_shape():
    points = np.zeros((3, 40))
    points[1, 7], points[2, 9] = 3, 4  # sides 3, 4 and 5
    found = project(points, seed=0)
    sides = [np.linalg.norm(found[i] - found[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert np.array(sides) / sides[0] * 3 == pytest.approx([3, 4, 5], rel=1e-5)


def test_three_groups_stay_apart_and_the_seed_decides():
    centres = 10 * np.eye(3, 60)
    points = np.repeat(centres, 15, axis=0) + 0.1 * random_points(45, 60)
    found = project(points, seed=3)
    groups = found.reshape(3, 15, 2)
    middles = groups.mean(1)
    spread = np.linalg.norm(groups - middles[:, None], axis=2).max()
    gaps = [np.linalg.norm(middles[i] - middles[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert min(gaps) > 2 * spread
    assert np.array_equal(found, project(points, seed=3))


@pytest.mark.parametrize(
    ("points", "message"),
    [([1.0, 2.0], r"shape \(n, d\), got \(2,\)"), ([[1.0], [np.nan]], "point 1: expected finite")],
)
def test_what_is_no_matrix_of_numbers_is_refused(points, message):
    with pytest.raises(ProjectionError, match=message):
        project(points, seed=0)
    with pytest.raises(ProjectionError, match=message):
        overlap(points, [0, 0], k=1)


def test_overlap_of_five_points_by_hand():
    """Word 7 at 0, 1 and 3; word 9 at 4 and 9; one neighbour each.

    0 -> 1 and 1 -> 0 are their own word's, of 2 others; 3 -> 4 is the other's, of 2: 2/2 and 1/2.
    4 -> 3 is the other's, of 3; 9 -> 4 its own, of 1: 1/3 and 1.
    """
    words, shares = overlap([[0.0], [1.0], [3.0], [4.0], [9.0]], [7, 7, 7, 9, 9], k=1)
    assert words == [7, 9]
    assert shares == pytest.approx(np.array([[2 / 3, 1 / 3], [1 / 4, 3 / 4]]))


def test_a_neighbour_counts_less_where_its_word_has_more_images():
    """Word 0 at 0, 0.1 and 5; word 1 at 1, 2, 3 and 4; two neighbours each.

    0 and 0.1 see each other and 1; 5 sees 3 and 4. That is 2 of its own, of 2 others, and 4 of 4.
    1 sees 0.1, and by half each 0 and 2, which are equally far. 2 sees 1 and 3, 3 sees 2 and 4,
    4 sees 3 and 5: 2.5 of 3, and 5.5 of its own, of 3 others.
    """
    points = [[0.0], [0.1], [5.0], [1.0], [2.0], [3.0], [4.0]]
    _, shares = overlap(points, [0, 0, 0, 1, 1, 1, 1], k=2)
    assert shares == pytest.approx(np.array([[1 / 2, 1 / 2], [2.5 / 8, 5.5 / 8]]))


def test_mixed_words_of_unequal_sizes_have_equal_shares():
    labels = np.repeat([0, 1, 2], [400, 100, 100])
    _, shares = overlap(random_points(600, 3), labels, k=10)
    assert shares == pytest.approx(np.full((3, 3), 1 / 3), abs=0.05)


def test_words_apart_have_nothing_in_common():
    points = np.repeat(np.eye(3), 7, axis=0) + 0.01 * random_points(21, 3)
    _, shares = overlap(points, np.repeat([4, 2, 9], 7), k=5)
    assert np.array_equal(shares, np.eye(3))


def test_a_word_of_too_few_images_is_not_estimable_and_nobody_s_neighbour():
    points = [[0.0], [1.0], [2.0], [0.5], [1.5], [10.0], [11.0], [12.0]]
    words, shares = overlap(points, [1, 1, 1, 2, 2, 3, 3, 3], k=2)
    assert words == [1, 2, 3]
    assert np.isnan(shares[1]).all()
    assert np.isnan(shares[:, 1]).all()
    assert shares[np.ix_([0, 2], [0, 2])] == pytest.approx(np.eye(2))


def test_no_word_at_all_or_none_large_enough():
    words, shares = overlap(np.empty((0, 4)), [], k=5)
    assert (words, shares.shape) == ([], (0, 0))
    assert np.isnan(overlap(np.eye(3), [0, 0, 1], k=5)[1]).all()


def test_copies_share_the_places_that_are_left():
    """All of one place: everybody sees everybody alike, whatever their order."""
    _, shares = overlap(np.zeros((8, 3)), [0, 1] * 4, k=2)
    assert shares == pytest.approx(np.full((2, 2), 1 / 2))


def test_wrong_labels_and_no_neighbours_are_refused():
    with pytest.raises(ProjectionError, match=r"labels: expected the shape \(3,\), got \(2,\)"):
        overlap(np.eye(3), [0, 1], k=1)
    with pytest.raises(ValueError, match="k: expected at least 1, got 0"):
        overlap(np.eye(3), [0, 1, 1], k=0)


@settings(max_examples=25)
@given(
    st.integers(0, 1000), st.integers(1, 4), st.lists(st.integers(5, 14), min_size=1, max_size=4)
)
def test_shares_sum_to_one_and_do_not_depend_on_order_place_or_scale(seed, k, sizes):
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    points = generator.integers(0, 3, size=(len(labels), 3)).astype(float)  # with many ties
    _, shares = overlap(points, labels, k)
    assert shares.min() >= 0
    assert shares.sum(1) == pytest.approx(np.ones(len(sizes)))
    order = generator.permutation(len(labels))
    _, moved = overlap(4 * points[order] + 1, labels[order], k)
    assert moved == pytest.approx(shares)


def test_blocks_change_nothing(monkeypatch):
    points, labels = random_points(50), np.arange(50) % 3
    whole = overlap(points, labels, k=4)[1]
    monkeypatch.setattr("generation.nst.projection._BLOCK", 7)
    assert overlap(points, labels, k=4)[1] == pytest.approx(whole)
