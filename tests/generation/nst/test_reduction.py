"""Points of features: exact for few images, nearly so for many, and clusters of real textures."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from generation.nst import reduction
from generation.nst.clustering import partition
from generation.nst.descriptors import describe
from generation.nst.features import Features
from generation.nst.reduction import joint_matrix
from generation.nst.retrieval import VectorsError
from generation.sources.samples import TEXTURES


def drawn(count, deep=5, style=40, seed=1):
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(count, deep + style)).astype("f4")
    return [Features(row[:deep], row[deep:]) for row in rows]


def distances(points):
    return np.linalg.norm(points[:, None] - points, axis=2)


def labels(points, k):
    found = np.empty(len(points), dtype=int)
    for label, cluster in enumerate(partition(points, k=k, seed=0).clusters):
        found[[member.index for member in cluster.members]] = label
    return found


class Counting(list):
    """Features that count how often each is asked for."""

    def __init__(self, items):
        super().__init__(items)
        self.reads = [0] * len(items)

    def __getitem__(self, index):
        self.reads[index] += 1
        return super().__getitem__(index)


def test_the_joint_matrix_keeps_weighted_distances():
    features = drawn(7)
    points = joint_matrix(features, deep_weight=2, style_weight=0.5)
    assert points.shape == (7, 7)
    for a in range(7):
        for b in range(7):
            exact = np.hypot(
                2 * np.linalg.norm(features[a].deep - features[b].deep),
                0.5 * np.linalg.norm(features[a].style - features[b].style),
            )
            assert np.linalg.norm(points[a] - points[b]) == pytest.approx(exact, abs=1e-5)


def test_blocks_change_nothing(monkeypatch):
    features = drawn(30)
    exact = distances(joint_matrix(features, deep_weight=1, style_weight=1))
    reduced = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=8)
    monkeypatch.setattr(reduction, "_BLOCK_BYTES", 8 * 30 * 4)
    monkeypatch.setattr(reduction.blocks, "__kwdefaults__", {"width": None, "most": 3 * 8 * 45})
    again = joint_matrix(features, deep_weight=1, style_weight=1)
    np.testing.assert_allclose(distances(again), exact, atol=1e-5)
    again = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=8)
    np.testing.assert_allclose(distances(again), distances(reduced), atol=1e-4)


def test_many_images_that_span_what_the_landmarks_span_keep_exact_distances():
    base = drawn(6)
    mix = np.random.default_rng(2).normal(size=(60, 6)).astype("f4")
    deep, style = (np.stack([getattr(one, name) for one in base]) for name in ("deep", "style"))
    features = [Features(row @ deep, row @ style) for row in mix]
    points = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=16)
    assert points.shape == (60, 6 + 1024)
    exact = joint_matrix(features, deep_weight=1, style_weight=1)
    np.testing.assert_allclose(distances(points), distances(exact), atol=1e-3)


def test_what_no_landmark_shares_stays_in_the_distances():
    """Sketched to 1024 numbers, a squared distance has a standard deviation of 4 %."""
    features = drawn(40, style=5_000)
    points = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=4)
    exact = joint_matrix(features, deep_weight=1, style_weight=1)
    apart = ~np.eye(40, dtype=bool)
    ratios = (distances(points)[apart] / distances(exact)[apart]) ** 2
    assert ratios.mean() == pytest.approx(1, abs=0.05)
    assert ratios.std() < 0.1


def test_each_image_is_read_once_and_the_landmarks_twice():
    features = Counting(drawn(50))
    joint_matrix(features, deep_weight=1, style_weight=1, landmarks=10)
    # Once more for the first of each, to know how long a row is.
    assert sum(features.reads) <= 50 + 10 + 3
    assert min(features.reads) == 1


def test_features_that_do_not_fit_are_refused():
    with pytest.raises(VectorsError, match=r"vector 3: expected the shape \(45,\), got \(46,\)"):
        joint_matrix([*drawn(3), *drawn(1, style=41)], deep_weight=1, style_weight=1)
    broken = Features(np.array([np.nan] * 5, "f4"), np.zeros(40, "f4"))
    with pytest.raises(VectorsError, match="vector 3: expected finite numbers"):
        joint_matrix([*drawn(3), broken], deep_weight=1, style_weight=1)


@pytest.fixture(scope="module")
def crops():
    """Features of crops of three textures at different places and scales, and which is which."""
    generator = random.Random(0)
    pictures, truth = [], []
    for number, name in enumerate(("brick", "grass", "stars")):
        photograph = TEXTURES[name].open()
        for _ in range(16):
            side = round(min(photograph.size) * generator.uniform(0.25, 0.8))
            left = generator.randint(0, photograph.width - side)
            top = generator.randint(0, photograph.height - side)
            crop = photograph.crop((left, top, left + side, top + side))
            pictures.append(crop.resize((96, 96), Image.Resampling.LANCZOS))
            truth.append(number)
    return describe(pictures, device="cpu"), truth


@pytest.mark.slow
def test_crops_of_one_photograph_are_one_cluster(crops):
    features, truth = crops
    found = labels(joint_matrix(features, deep_weight=1, style_weight=1), 3)
    assert adjusted_rand_score(truth, found) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 3, 5])
def test_clusters_of_the_reduced_points_are_those_of_the_exact_ones(crops, k):
    features, _ = crops
    exact = joint_matrix(features, deep_weight=1, style_weight=1)
    reduced = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=16)
    assert adjusted_rand_score(labels(exact, k), labels(reduced, k)) >= 0.95
