"""A linear classifier of words on Neural Style Vectors, and how far one can trust it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.nst.axes import Axes, principal_axes
from generation.nst.errors import NstError
from generation.nst.retrieval import Matrix, Vectors, blocks

# Inverse strengths of the penalty on the weights, of which the data choose one.
STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
_FOLDS_TO_CHOOSE = 3

_Fit = Callable[[npt.NDArray[np.intp], npt.NDArray[np.intp]], Any]


class RecognitionError(NstError, ValueError):
    """Too few words or images for a classifier, with what was expected and what came."""


@dataclass(frozen=True)
class CrossValidation:
    """How often a classifier that did not see an image finds its word.

    `confusion[i, j]` counts the images of words[i] that were taken for words[j].
    `not_estimable` says of each other word why there is no number.
    """

    words: tuple[str, ...]
    confusion: npt.NDArray[np.intp]
    not_estimable: dict[str, str]

    @property
    def chance(self) -> float:
        """The expected recall of guessing, each word as often as any other."""
        return 1 / len(self.words)

    @property
    def counts(self) -> dict[str, int]:
        """Images per word."""
        return dict(zip(self.words, self.confusion.sum(1).tolist(), strict=True))

    @property
    def recall(self) -> dict[str, float]:
        """Per word the share of its images that were taken for it."""
        shares = np.diagonal(self.confusion) / self.confusion.sum(1)
        return dict(zip(self.words, shares.tolist(), strict=True))

    def mistaken(self, word: str) -> tuple[str, int] | None:
        """The other word that its images are most often taken for, and how many; None if never."""
        row = self.confusion[self.words.index(word)].copy()
        row[self.words.index(word)] = 0
        most = int(row.argmax())
        return (self.words[most], int(row[most])) if row[most] else None


@dataclass(frozen=True)
class Recogniser:
    """P(word | style) = softmax(weights @ vector + intercepts): weights (c, d), intercepts (c,).

    `strength` is the inverse strength of the penalty on the weights that it was fitted with.
    """

    words: tuple[str, ...]
    weights: npt.NDArray[np.float32]
    intercepts: Matrix
    strength: float

    def predict_proba(self, vectors: Vectors) -> Matrix:
        """Vectors (m, d) -> (m, c), rows that sum to 1. Raises VectorsError."""
        found = [np.empty((0, len(self.words)))]
        for _, rows in blocks(vectors, width=self.weights.shape[1]):
            found.append(_softmax(rows @ self.weights.T + self.intercepts))
        return np.vstack(found)


def cross_validate(
    vectors: Vectors | Axes,
    words: Sequence[str],
    *,
    folds: int = 5,
    seed: int = 0,
    same: Sequence[str] | None = None,
    progress: Callable[[], None] | None = None,
) -> CrossValidation:
    """Multinomial logistic regression on all folds but one, asked about that one, `folds` times.

    `vectors` (n, d) with their words (n,), or the axes that were made of them. Words weigh alike
    however many images they have; the penalty is chosen by the log loss within each training
    part. Folds have their share of each word, and the files of one picture (see
    `principal_axes`, which gets `same`) lie in one fold, so that no word is found by a copy. A
    word of fewer pictures than folds takes no part. `progress` is told of each fold.

    Raises RecognitionError when fewer than two words are left, VectorsError.
    """
    if folds < 2:
        raise RecognitionError(f"folds: expected at least 2, got {folds}")
    axes = vectors if isinstance(vectors, Axes) else principal_axes(vectors, same)
    labels, rows, too_few = _estimable(axes, words, folds)
    points, truth = axes.points[rows], np.searchsorted(labels, np.array(words)[rows])
    groups = axes.groups[rows]
    confusion = np.zeros((len(labels), len(labels)), dtype=np.intp)
    for train, test in _folds(truth, groups, folds, seed):
        strength = _strength(points[train], truth[train], groups[train], seed)
        model = _fitted(points[train], truth[train], strength)
        np.add.at(confusion, (truth[test], model.predict(points[test])), 1)
        if progress:
            progress()
    return CrossValidation(tuple(labels), confusion, too_few)


def fit_recogniser(
    vectors: Vectors,
    words: Sequence[str],
    *,
    axes: Axes | None = None,
    among: Collection[str] | None = None,
    without: Collection[int] = (),
    strength: float | None = None,
    seed: int = 0,
) -> Recogniser:
    """The classifier of vectors (n, d) with their words (n,), for new vectors.

    It tells the words `among` which to choose apart, by default all. From rows in `without`, and
    from the other files of their pictures, it learns nothing. `axes` only spares making them
    again; `strength` of the penalty is chosen as in `cross_validate`, unless it is given.
    Raises RecognitionError when fewer than two words are left, VectorsError.
    """
    axes = principal_axes(vectors) if axes is None else axes
    _check_words(axes, words)
    learnt = ~np.isin(axes.groups, axes.groups[list(without)])
    if among is not None:
        learnt &= np.isin(words, list(among))
    rows = np.flatnonzero(learnt)
    labels, truth = np.unique(np.array(words)[rows], return_inverse=True)
    if len(labels) < 2:
        raise RecognitionError(f"expected images of at least 2 words, got {labels.tolist()}")
    points = axes.points[rows]
    if strength is None:
        strength = _strength(points, truth, axes.groups[rows], seed)
    model = _fitted(points, truth, strength)
    weights, intercepts = _own_elements(vectors, axes, model)
    return Recogniser(tuple(labels.tolist()), weights, intercepts, strength)


def _check_words(axes: Axes, words: Sequence[str]) -> None:
    if len(words) != len(axes):
        raise RecognitionError(f"expected {len(axes)} words, one per vector, got {len(words)}")


def _estimable(
    axes: Axes, words: Sequence[str], folds: int
) -> tuple[list[str], npt.NDArray[np.intp], dict[str, str]]:
    """The words that have a picture for every fold, their rows, and why the others are not."""
    _check_words(axes, words)
    pictures = {
        word: len({int(axes.groups[i]) for i, other in enumerate(words) if other == word})
        for word in sorted(set(words))
    }
    labels = [word for word, count in pictures.items() if count >= folds]
    too_few = {
        word: f"expected at least {folds} different images, got {count}"
        for word, count in pictures.items()
        if count < folds
    }
    if len(labels) < 2:
        raise RecognitionError(
            f"expected at least 2 words of at least {folds} different images, got {pictures}"
        )
    return labels, np.flatnonzero(np.isin(words, labels)), too_few


def _folds(
    truth: npt.NDArray[np.intp], groups: npt.NDArray[np.intp], folds: int, seed: int
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(np.zeros(len(truth)), truth, groups):
        if len(test):  # pictures of many files may leave a fold empty
            yield train, test


def _strength(
    points: Matrix, truth: npt.NDArray[np.intp], groups: npt.NDArray[np.intp], seed: int
) -> float:
    """By log loss, which also asks whether the probabilities are as sure as they may be."""
    pictures = min(len(set(groups[truth == word].tolist())) for word in np.unique(truth))
    folds = min(_FOLDS_TO_CHOOSE, pictures)
    if folds < 2:  # nothing to choose by
        return STRENGTHS[1]
    losses = dict.fromkeys(STRENGTHS, 0.0)
    for train, test in _folds(truth, groups, folds, seed):
        for strength in STRENGTHS:
            model = _fitted(points[train], truth[train], strength)
            losses[strength] += _loss(model, points[test], truth[test])
    return min(STRENGTHS, key=losses.__getitem__)


def _loss(model: Any, points: Matrix, truth: npt.NDArray[np.intp]) -> float:
    """The log loss, summed; a word that the model never saw has the probability of rounding."""
    shares = np.full((len(points), int(max(truth.max(), model.classes_.max())) + 1), 1e-12)
    shares[:, model.classes_] = model.predict_proba(points)
    return float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).sum())


def _fitted(points: Matrix, truth: npt.NDArray[np.intp], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(truth)) < 2:
        raise RecognitionError(
            "expected pictures of at least 2 words outside each fold; those of the words here are "
            "nearly all copies of each other"
        )
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=5000).fit(points, truth)


def _own_elements(
    vectors: Vectors, axes: Axes, model: Any
) -> tuple[npt.NDArray[np.float32], Matrix]:
    """A model's weights on the axes -> weights (c, d) on the vectors' elements, intercepts (c,)."""
    weights, intercepts = model.coef_, model.intercept_
    if len(weights) == 1:  # two words: scikit-learn keeps only the difference of their weights
        weights = np.vstack([-weights, weights]) / 2
        intercepts = np.hstack([-intercepts, intercepts]) / 2
    dual = axes.dual @ weights.T
    full, mean = np.zeros(()), np.zeros(())
    for start, rows in blocks(vectors):
        full = full + dual[start : start + len(rows)].T @ rows
        mean = mean + rows.sum(0) / len(axes)
    return full.astype(np.float32), intercepts - full @ mean


def _softmax(logits: Matrix) -> Matrix:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))
