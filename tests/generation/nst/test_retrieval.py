from __future__ import annotations

import numpy as np
import pytest

from generation.nst import retrieval
from generation.nst.descriptors import describe
from generation.nst.retrieval import VectorsError, blocks, similar_styles, sketch
from generation.sources.samples import TEXTURES
from tests.generation.nst.conftest import picture


def test_the_nearest_by_cosine_come_first():
    corpus = np.array([[0.0, 1.0], [3.0, 4.0], [1.0, 0.0], [-1.0, 0.0]])
    found = similar_styles(np.array([2.0, 0.0]), corpus, 3)
    assert found.indices.tolist() == [2, 1, 0]
    assert found.similarities.tolist() == [1, 0.6, 0]
    several = similar_styles(np.array([[2.0, 0.0], [0.0, -1.0]]), corpus, 2)
    assert several.indices.tolist() == [[2, 1], [2, 3]]  # 0 and 0: in the order of the corpus
    assert several.similarities.tolist() == [[1, 0.6], [0, 0]]


@pytest.mark.parametrize("rows", [1, 3, 7, 100])
def test_blocks_change_nothing_and_equals_stay_in_order(monkeypatch, rows):
    generator = np.random.default_rng(0)
    corpus = generator.normal(size=(40, 33)).astype("f4")
    corpus[[5, 11, 12, 30]] = corpus[17]
    expected = np.argsort(-(corpus @ corpus[17]) / np.linalg.norm(corpus, axis=1), kind="stable")
    monkeypatch.setattr(retrieval.blocks, "__kwdefaults__", {"width": None, "most": rows * 33 * 8})
    for form in (corpus, list(corpus)):
        found = similar_styles(corpus[17], form, 10)
        assert found.indices[:5].tolist() == [5, 11, 12, 17, 30]
        assert (
            found.indices[5:].tolist() == [i for i in expected if i not in (5, 11, 12, 17, 30)][:5]
        )
        assert found.similarities[:5] == pytest.approx(1)


def test_a_memory_map_is_read_block_by_block(tmp_path, monkeypatch):
    corpus = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "<f4", (50, 64))
    corpus[:] = np.random.default_rng(1).normal(size=(50, 64))
    read = [len(block) for _, block in blocks(corpus, most=64 * 8 * 20)]
    assert read == [20, 20, 10]
    assert similar_styles(corpus[8], corpus, 1).indices.tolist() == [8]


def test_more_than_there_are_gives_all():
    corpus = np.eye(3)
    assert similar_styles(corpus[1], corpus, 99).indices.tolist() == [1, 0, 2]
    assert similar_styles(corpus[1], [], 5).indices.shape == (0,)
    assert similar_styles(corpus[:2], np.empty((0, 3)), 5).indices.shape == (2, 0)


def test_a_vector_of_zeros_is_similar_to_nothing():
    found = similar_styles(np.array([1.0, 0.0]), np.array([[0.0, 0.0], [-1.0, 0.0]]), 2)
    assert found.similarities.tolist() == [0, -1]
    assert similar_styles(np.zeros(2), np.eye(2), 1).similarities.tolist() == [0]


@pytest.mark.parametrize(
    ("query", "corpus", "message"),
    [
        (np.ones(3), np.ones((4, 2)), r"vector 0: expected the shape \(3,\), got \(2,\)"),
        (np.ones(2), [np.ones(2), np.ones(3)], r"vector 1: expected the shape \(2,\), got \(3,\)"),
        (np.ones(2), np.ones(2), r"vectors: expected the shape \(n, d\), got \(2,\)"),
        (np.ones((1, 1, 2)), np.ones((4, 2)), r"query: .* got \(1, 1, 2\)"),
        (np.float64(1), np.ones((4, 1)), r"query: .* got \(\)"),
        (np.array([1, np.nan]), np.ones((4, 2)), "query 0: expected finite numbers, got nan"),
        (np.ones(2), np.array([[1, 1], [np.inf, -np.inf]]), "vector 1: expected finite numbers"),
    ],
)
def test_what_does_not_fit_is_refused(query, corpus, message):
    with pytest.raises(VectorsError, match=message):
        similar_styles(query, corpus, 1)


def test_k_is_at_least_one():
    with pytest.raises(ValueError, match="k: expected at least 1, got 0"):
        similar_styles(np.ones(2), np.ones((4, 2)), 0)


def test_a_sketch_is_linear_keeps_inner_products_and_is_always_the_same():
    vectors = np.random.default_rng(2).normal(size=(2, 5_000)) / np.sqrt(5_000)
    one, two = sketch(vectors)
    np.testing.assert_allclose(sketch(vectors[0] + 2 * vectors[1]), one + 2 * two, atol=1e-6)
    assert one @ one == pytest.approx(1, abs=0.15)  # standard deviation sqrt(2 / 1024) = 0.044
    assert one @ two == pytest.approx(vectors[0] @ vectors[1], abs=0.1)
    # Golden: sketches in stored files must go together with those of a later version.
    unit = sketch(np.eye(1, 5_000, 4_321)[0])
    assert (np.flatnonzero(unit).tolist(), unit.sum()) == ([379], 1)


@pytest.mark.slow
def test_of_real_textures_the_sketches_miss_few_and_a_short_list_none():
    """Recall of the 12 most similar, over 36 crops of six photographs and six drawings."""
    crops = []
    for photograph in TEXTURES.values():
        left, top, right, bottom = photograph.regions[0]
        side = min(right - left, bottom - top)
        for share in (0.35, 0.45, 0.6, 0.75, 0.9, 1.0):
            shift = int((right - left - side * share) * share)
            size = int(side * share)
            box = (left + shift, top, left + shift + size, top + size)
            crops.append(photograph.open().crop(box))
    crops += [picture(seed) for seed in range(6)]
    styles = np.stack([features.style for features in describe(crops, device="cpu")])
    sketches = sketch(styles)
    recall = {12: [], 20: []}
    for i in range(len(crops)):
        exact = set(similar_styles(styles[i], styles, 13).indices.tolist()) - {i}
        for length, found in recall.items():
            nearest = np.argsort(-(sketches @ sketches[i]))
            listed = [j for j in nearest.tolist() if j != i][:length]
            found.append(len(exact & set(listed)) / 12)
    assert np.mean(recall[12]) > 0.85
    assert np.mean(recall[20]) > 0.98
