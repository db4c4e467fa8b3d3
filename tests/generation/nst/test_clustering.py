import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.nst.clustering import ClusteringError, outliers, partition


def blobs(sizes, seed=0, spread=0.05):
    generator = np.random.default_rng(seed)
    centres = np.eye(len(sizes), 8) * 4
    return np.vstack(
        [c + generator.normal(0, spread, (n, 8)) for c, n in zip(centres, sizes, strict=True)]
    )


def places(cluster):
    return [member.index for member in cluster.members]


def test_blobs_are_found_larger_first_and_nearest_to_the_centre_first():
    points = blobs([4, 9, 6])
    found = partition(points, k=3, seed=0)
    assert [sorted(places(cluster)) for cluster in found.clusters] == [
        list(range(4, 13)), list(range(13, 19)), list(range(4)),
    ]  # fmt: skip
    assert found.silhouette > 0.9
    for cluster in found.clusters:
        rows = points[places(cluster)]
        expected = np.linalg.norm(rows - rows.mean(0), axis=1)
        assert [member.distance for member in cluster.members] == pytest.approx(expected)
        assert list(expected) == sorted(expected)


def test_tightness_and_silhouette_of_four_points_by_hand():
    """Two at 0 and 2, two at 10 and 14: centres 1 and 12."""
    found = partition(np.array([[0.0], [2.0], [10.0], [14.0]]), k=2, seed=0)
    first, second = found.clusters
    assert (first.tightness, second.tightness) == (pytest.approx(1), pytest.approx(2))
    # a: 2 and 2, 4 and 4; b: 12 and 10, 9 and 13.
    assert first.silhouette == pytest.approx((10 / 12 + 8 / 10) / 2)
    assert second.silhouette == pytest.approx((5 / 9 + 9 / 13) / 2)
    assert found.silhouette == pytest.approx((first.silhouette + second.silhouette) / 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 5), st.integers(5, 20), st.integers(0, 100))
def test_every_image_is_in_one_cluster(k, n, seed):
    points = np.random.default_rng(seed).normal(size=(n, 3))
    found = partition(points, k=k, seed=seed)
    assert len(found.clusters) == k
    assert sorted(i for cluster in found.clusters for i in places(cluster)) == list(range(n))
    assert found == partition(points, k=k, seed=seed)


@pytest.mark.parametrize("blob_count", [2, 4, 8])
def test_the_silhouette_finds_how_many_blobs_there_are(blob_count):
    found = partition(blobs([6] * blob_count), k="auto", seed=0)
    assert [len(cluster.members) for cluster in found.clusters] == [6] * blob_count


def test_of_three_images_auto_makes_two_clusters():
    found = partition(np.array([[0.0], [1.0], [9.0]]), k="auto", seed=0)
    assert [places(cluster) for cluster in found.clusters] == [[0, 1], [2]]


@pytest.mark.parametrize("k", [3, "auto"])
def test_too_few_different_images_are_refused(k):
    with pytest.raises(ClusteringError, match="at least 3 different images, got 2"):
        partition(np.array([[0.0], [1.0], [1.0]]), k=k, seed=0)


def test_no_silhouette_where_every_image_is_alone_or_all_are_together():
    found = partition(blobs([1, 1, 1]), k=3, seed=0)
    assert found.silhouette is None
    assert [cluster.silhouette for cluster in found.clusters] == [None] * 3
    assert partition(blobs([5]), k=1, seed=0).silhouette is None


def test_what_is_beyond_the_robust_limit_is_an_outlier():
    # Median 3, median absolute deviation 1: the limit is 3 + 3 x 1.4826 = 7.4478.
    assert outliers([1, 2, 3, 4, 7.44]).tolist() == [False] * 5
    assert outliers([1, 2, 3, 4, 7.45]).tolist() == [False] * 4 + [True]


def test_a_small_cluster_and_one_of_equals_have_no_outliers():
    assert not outliers([1, 1.1, 1.2, 90]).any()
    assert not outliers([1, 1, 1, 1, 90]).any()
    assert outliers([]).shape == (0,)


def test_an_outlier_is_a_member_and_the_last():
    points = np.vstack([blobs([20, 20], seed=2), 4 * np.eye(1, 8) + 0.8])
    found = partition(points, k=2, seed=0)
    first, second = found.clusters
    assert len(first.members) == 21
    assert [member.index for member in first.members if member.outlier] == [40]
    assert first.members[-1].index == 40
    assert not any(member.outlier for member in second.members)
