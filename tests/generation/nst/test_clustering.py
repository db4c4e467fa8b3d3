import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.nst.clustering import ClusteringError, joint_matrix, partition
from generation.nst.features import Features


def blobs(sizes, seed=0, spread=0.05):
    generator = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 8) * 4
    return np.vstack(
        [c + generator.normal(0, spread, (n, 8)) for c, n in zip(centres, sizes, strict=True)]
    )


def test_blobs_are_found_larger_first_and_nearest_to_the_centre_first():
    points = blobs([4, 9, 6])
    found = partition(points, k=3, seed=0)
    assert [sorted(i for i, _ in group) for group in found.members] == [
        list(range(4, 13)), list(range(13, 19)), list(range(4)),
    ]  # fmt: skip
    assert found.silhouette > 0.9
    for group in found.members:
        rows = points[[i for i, _ in group]]
        expected = np.linalg.norm(rows - rows.mean(0), axis=1)
        assert [d for _, d in group] == pytest.approx(expected)
        assert list(expected) == sorted(expected)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(5, 20), st.integers(0, 100))
def test_every_image_is_in_one_cluster(k, n, seed):
    points = np.random.default_rng(seed).normal(size=(n, 3))
    found = partition(points, k=k, seed=seed)
    assert len(found.members) == k
    assert sorted(i for group in found.members for i, _ in group) == list(range(n))
    assert found == partition(points, k=k, seed=seed)


def test_too_few_different_images_are_refused():
    with pytest.raises(ClusteringError, match="at least 3 different images, got 2"):
        partition(np.array([[0.0], [1.0], [1.0]]), k=3, seed=0)


def test_no_silhouette_where_every_image_is_alone():
    assert partition(blobs([1, 1, 1]), k=3, seed=0).silhouette is None


def test_the_joint_matrix_keeps_weighted_distances():
    generator = np.random.default_rng(1)
    features = [
        Features(generator.normal(size=5).astype("f4"), generator.normal(size=40).astype("f4"))
        for _ in range(7)
    ]
    points = joint_matrix(features, deep_weight=2, style_weight=0.5)
    assert points.shape == (7, 7)
    for a in range(7):
        for b in range(7):
            exact = np.hypot(
                2 * np.linalg.norm(features[a].deep - features[b].deep),
                0.5 * np.linalg.norm(features[a].style - features[b].style),
            )
            assert np.linalg.norm(points[a] - points[b]) == pytest.approx(exact, abs=1e-5)
