from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from generation.nst.axes import principal_axes
from generation.nst.recognition import RecognitionError, cross_validate, fit_recogniser
from generation.nst.retrieval import VectorsError


def styles(sizes, seed=0, spread=0.5, d=60):
    """Unit vectors about one random direction per word, and the words a, b, ..."""
    generator = np.random.default_rng(seed)
    rows, words = [], []
    for word, size in zip("abcdefg", sizes, strict=False):
        centre = generator.normal(size=d)
        rows.append(
            centre / np.linalg.norm(centre) + generator.normal(0, spread / d**0.5, (size, d))
        )
        words += [word] * size
    x = np.vstack(rows)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype("f4"), words


def test_words_that_differ_are_found():
    x, words = styles([8, 12, 10])
    found = cross_validate(x, words)
    assert found.words == ("a", "b", "c")
    assert found.confusion.tolist() == [[8, 0, 0], [0, 12, 0], [0, 0, 10]]
    assert found.recall == {"a": 1, "b": 1, "c": 1}
    assert found.counts == {"a": 8, "b": 12, "c": 10}
    assert found.chance == pytest.approx(1 / 3)
    assert found.mistaken("a") is None
    assert found.not_estimable == {}


def test_words_that_do_not_differ_are_guessed():
    x, words = styles([40, 20, 30, 30], spread=0)
    x = np.random.default_rng(3).normal(size=x.shape)
    found = cross_validate(x, words)
    # 120 independent guesses of 1/4: standard error 0.04. Nothing of the labels leaks.
    assert np.mean(list(found.recall.values())) == pytest.approx(0.25, abs=0.13)
    assert found.confusion.sum(1).tolist() == [40, 20, 30, 30]


def test_two_words_of_one_style_are_mistaken_for_each_other():
    x, words = styles([20, 20, 20], spread=0.3)
    x[20:40] = styles([20], spread=0.3)[0][np.random.default_rng(1).permutation(20)]
    x[20:40] += np.random.default_rng(2).normal(0, 0.05, (20, 60))
    found = cross_validate(x, words)
    assert found.recall["c"] == 1
    assert found.mistaken("b")[0] == "a"
    assert found.confusion[1, 0] == found.mistaken("b")[1]


def test_copies_lie_in_one_fold():
    """Random vectors, each there twice: only a copy in the training part could tell its word."""
    generator = np.random.default_rng(5)
    x = np.repeat(generator.normal(size=(60, 80)), 2, axis=0)
    words = [word for word in generator.choice(["a", "b"], 60).tolist() for _ in range(2)]
    assert np.mean(list(cross_validate(x, words).recall.values())) < 0.75
    apart = x + generator.normal(0, 0.15, x.shape)  # too different to be noticed
    hashes = [str(i // 2) for i in range(120)]
    assert np.mean(list(cross_validate(apart, words).recall.values())) > 0.82
    assert np.mean(list(cross_validate(apart, words, same=hashes).recall.values())) < 0.75


def test_a_word_of_too_few_pictures_gets_no_number():
    x, words = styles([6, 6, 6, 4, 1])
    x[1:6] = x[0]  # six files of one picture
    found = cross_validate(x, words)
    assert found.words == ("b", "c")
    assert found.not_estimable == {
        "a": "expected at least 5 different images, got 1",
        "d": "expected at least 5 different images, got 4",
        "e": "expected at least 5 different images, got 1",
    }
    assert found.chance == 0.5
    assert cross_validate(x, words, folds=4).words == ("b", "c", "d")


def test_the_same_seed_is_the_same_answer_and_the_axes_spare_the_work():
    x, words = styles([10, 10, 10], spread=3)
    told: list[None] = []
    first = cross_validate(x, words, seed=4, progress=lambda: told.append(None))
    second = cross_validate(principal_axes(x), words, seed=4)
    assert (first.confusion == second.confusion).all()
    assert len(told) == 5
    assert (first.confusion != cross_validate(x, words, seed=5).confusion).any()


@pytest.mark.parametrize("sizes", [(8, 9), (8, 9, 7)])
def test_the_recogniser_is_the_classifier_of_the_vectors_themselves(sizes):
    x, words = styles(sizes, spread=2)
    new = styles(sizes, spread=2, seed=0)[0][::-1] + 0.05
    recogniser = fit_recogniser(x, words, strength=10)
    direct = LogisticRegression(C=10, class_weight="balanced", max_iter=5000, tol=1e-8)
    expected = direct.fit(x.astype("f8"), words).predict_proba(new)
    assert recogniser.words == tuple(direct.classes_)
    assert recogniser.weights.shape == (len(sizes), 60)
    np.testing.assert_allclose(recogniser.predict_proba(new), expected, atol=2e-3)
    np.testing.assert_allclose(recogniser.predict_proba(list(new)).sum(1), 1)


def test_a_penalty_is_chosen_and_kept():
    clear = fit_recogniser(*styles([10, 10]))
    vague = fit_recogniser(*styles([10, 10], spread=8))
    assert clear.strength > vague.strength
    assert clear.predict_proba(styles([10, 10])[0])[:10, 0].min() > 0.9


def test_words_and_rows_can_be_left_out():
    x, words = styles([6, 6, 6])
    x[5] = x[4]
    axes = principal_axes(x)
    two = fit_recogniser(x, words, axes=axes, among={"a", "c"}, strength=10)
    assert two.words == ("a", "c")
    rows = [i for i in range(18) if not 6 <= i < 12]
    alone = fit_recogniser(x[rows], [words[i] for i in rows], strength=10)
    np.testing.assert_allclose(two.predict_proba(x), alone.predict_proba(x), atol=2e-3)
    # Row 4 takes its copy, row 5, with it.
    less = fit_recogniser(x, words, axes=axes, without=[4], strength=10)
    rows = [i for i in range(18) if i not in (4, 5)]
    alone = fit_recogniser(x[rows], [words[i] for i in rows], strength=10)
    np.testing.assert_allclose(less.predict_proba(x), alone.predict_proba(x), atol=2e-3)
    none = fit_recogniser(x, words, axes=axes, without=range(6))
    assert none.words == ("b", "c")


def test_what_does_not_fit_is_refused():
    x, words = styles([6, 6, 2])
    with pytest.raises(RecognitionError, match="folds: expected at least 2, got 1"):
        cross_validate(x, words, folds=1)
    with pytest.raises(RecognitionError, match=r"at least 2 words of at least 7 .*'a': 6"):
        cross_validate(x, words, folds=7)
    with pytest.raises(RecognitionError, match="expected 14 words, one per vector, got 3"):
        cross_validate(x, words[:3])
    with pytest.raises(RecognitionError, match=r"images of at least 2 words, got \['a'\]"):
        fit_recogniser(x, words, among={"a"})
    recogniser = fit_recogniser(x, words)
    with pytest.raises(VectorsError, match=r"expected the shape \(60,\), got \(59,\)"):
        recogniser.predict_proba(x[:, 1:])
    assert recogniser.predict_proba([]).shape == (0, 3)
