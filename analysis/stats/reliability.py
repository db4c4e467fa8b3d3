"""How well words are told apart: would other people put them in the same order?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.intervals import UPPER, NotEstimable, Reason

Floats = NDArray[np.float64]

_CHUNK = 100  # random splits at once


@dataclass(frozen=True, slots=True)
class RandomSplits:
    """Spearman-Brown reliabilities of random halves: their mean and 95 % range.

    `n` of the splits asked for have one; halves in which all words are alike have none.
    """

    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Reliability of the words' accuracies over people.

    `odd_even_r` correlates the words' accuracies between every second person and the others, in
    the order of `Answers.people`; `odd_even` steps it up to all people (Spearman 1910, Brown
    1910). `alpha` is Cronbach's (1951) with people as items and the words' numbers of correct
    answers as scores, over the `alpha_people` who answered every question.
    """

    people: int
    words: int
    odd_even_r: float | NotEstimable
    odd_even: float | NotEstimable
    random: RandomSplits | NotEstimable
    alpha: float | NotEstimable
    alpha_people: int


def reliability(
    answers: Answers, *, splits: int = 1000, seed: int = 0
) -> Reliability | NotEstimable:
    """The reliability of the words' accuracies; random splits follow the seed."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    scores = _Scores.of(answers)
    if len(scores.n) < 2:
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    if scores.n.shape[1] < 3:
        return NotEstimable(Reason.FEWER_THAN_THREE_WORDS)
    odd = (np.arange(len(scores.n)) % 2 == 0)[None]
    r = _correlations(scores, odd)
    complete = scores.complete_people(answers)
    return Reliability(
        people=len(scores.n),
        words=scores.n.shape[1],
        odd_even_r=_defined(r),
        odd_even=_defined(_spearman_brown(r)),
        random=_random_splits(scores, splits, np.random.default_rng(seed)),
        alpha=_cronbach(scores.correct[complete]),
        alpha_people=int(complete.sum()),
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    """Correct answers and answers of the P people who answered, for each of the W words asked."""

    correct: Floats  # (P, W)
    n: Floats  # (P, W)

    @classmethod
    def of(cls, answers: Answers) -> _Scores:
        shape = (len(answers.people), len(answers.words))
        n = groups.table(answers.person, answers.word, shape)
        hits = answers.correct
        correct = groups.table(answers.person[hits], answers.word[hits], shape)
        people, words = np.flatnonzero(n.any(axis=1)), np.flatnonzero(n.any(axis=0))
        rows = np.ix_(people, words)
        return cls(correct[rows].astype(np.float64), n[rows].astype(np.float64))

    def complete_people(self, answers: Answers) -> NDArray[np.bool_]:
        """Who answered as many questions of each word as anybody did (P,)."""
        asked = np.unique(answers.question)
        words = np.array([answers.questions[q].word for q in asked])
        per_word = np.bincount(words, minlength=len(answers.words))
        return (self.n == per_word[per_word > 0]).all(axis=1)


def _random_splits(
    scores: _Scores, splits: int, rng: np.random.Generator
) -> RandomSplits | NotEstimable:
    people = len(scores.n)
    half = np.arange(people) < people // 2
    found = []
    for start in range(0, splits, _CHUNK):
        size = min(_CHUNK, splits - start)
        halves = np.array([rng.permutation(half) for _ in range(size)])
        found.append(_spearman_brown(_correlations(scores, halves)))
    defined = np.concatenate(found)
    defined = defined[np.isfinite(defined)]
    if not len(defined):
        return NotEstimable(Reason.WORDS_ALIKE)
    low, high = np.quantile(defined, [1 - UPPER, UPPER])
    return RandomSplits(len(defined), float(defined.mean()), float(low), float(high))


def _correlations(scores: _Scores, halves: NDArray[np.bool_]) -> Floats:
    """Of the words' accuracies in both halves (splits,); NaN where a half has no spread.

    `halves` (splits, P) marks the first. Words that a half was not asked for are left out.
    """
    first = halves.astype(np.float64)
    correct, n = first @ scores.correct, first @ scores.n
    others, n_others = scores.correct.sum(axis=0) - correct, scores.n.sum(axis=0) - n
    both = ((n > 0) & (n_others > 0)).astype(np.float64)
    x, y = correct / np.maximum(n, 1), others / np.maximum(n_others, 1)
    words = np.maximum(both.sum(axis=1, keepdims=True), 1)
    x, y = (both * (v - (both * v).sum(axis=1, keepdims=True) / words) for v in (x, y))
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    enough = (both.sum(axis=1) > 2) & (spread > 1e-12)
    return np.where(enough, (x * y).sum(axis=1) / np.where(enough, spread, 1.0), np.nan)


def _spearman_brown(r: Floats) -> Floats:
    """The reliability of all people from the correlation of halves; NaN at r = -1."""
    return np.where(r > -1 + 1e-12, 2 * r / np.where(r > -1 + 1e-12, 1 + r, 1.0), np.nan)


def _cronbach(scores: Floats) -> float | NotEstimable:
    people = len(scores)
    if people < 2:
        return NotEstimable(Reason.FEWER_THAN_TWO_COMPLETE)
    total = float(scores.sum(axis=0).var(ddof=1))
    if total == 0:
        return NotEstimable(Reason.WORDS_ALIKE)
    own = float(scores.var(axis=1, ddof=1).sum())
    return people / (people - 1) * (1 - own / total)


def _defined(values: Floats) -> float | NotEstimable:
    value = float(values[0])
    return value if np.isfinite(value) else NotEstimable(Reason.WORDS_ALIKE)
