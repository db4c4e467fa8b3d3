"""What the answers so far say about how many are needed, word by word."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.evalues import Scores
from analysis.stats.intervals import NotEstimable, Reason


def word_scores(answers: Answers) -> tuple[Scores, ...]:
    """Correct and all answers to each word at each chance level, for `evalues.e_value`."""
    n = np.bincount(answers.question, minlength=len(answers.questions)).tolist()
    right = np.bincount(answers.question[answers.correct], minlength=len(answers.questions))
    found: list[dict[Fraction, tuple[int, int]]] = [
        defaultdict(lambda: (0, 0)) for _ in answers.words
    ]
    for asked, correct, total in zip(answers.questions, right.tolist(), n, strict=True):
        before = found[asked.word][asked.chance]
        found[asked.word][asked.chance] = (before[0] + correct, before[1] + total)
    return tuple(dict(scores) for scores in found)


def words_design_effect(answers: Answers) -> float | NotEstimable:
    """How many times as many answers a word's test needs because people answer a word alike.

    The clustered variance over the binomial one (Kish 1965, 8.2), both summed over the words: a
    single word has too few people for a ratio of its own. Each word keeps its own accuracy, so
    that easy and hard words do not pass for a likeness within people. At least 1, as
    `clustered.design_effect`. Words that two people did not answer are left out.
    """
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    shape = (len(answers.words), len(answers.people))
    n = groups.table(answers.word, answers.person, shape)
    right = groups.table(answers.word[answers.correct], answers.person[answers.correct], shape)
    people = (n > 0).sum(axis=1)
    several = people > 1
    if not several.any():
        return NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    clustered, binomial = _variances(right[several], n[several], people[several])
    if binomial == 0:
        return NotEstimable(Reason.ALL_ALIKE)
    return max(1.0, clustered / binomial)


def _variances(
    right: NDArray[np.int64], n: NDArray[np.int64], people: NDArray[np.int64]
) -> tuple[float, float]:
    """Of the words' numbers of correct answers: clustered by person (W, P), and binomial."""
    share = right.sum(axis=1) / n.sum(axis=1)
    residuals = right - n * share[:, None]
    clustered = (residuals**2).sum(axis=1) * people / (people - 1)
    return float(clustered.sum()), float((n.sum(axis=1) * share * (1 - share)).sum())
