"""Which words' images are taken for which word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows are asked words, columns the words whose images were offered or chosen (W, W).

    `exposures` counts each image that was offered: an answer to a question with nine options
    adds nine to its row. It is NotEstimable where the offered images are not known.
    """

    counts: NDArray[np.int64]  # (W, W)
    exposures: NDArray[np.int64] | NotEstimable  # (W, W)

    @property
    def picks_per_exposure(self) -> NDArray[np.float64] | NotEstimable:
        """How often an image of the column's word was chosen when it was offered (W, W).

        NaN where it never was.
        """
        if isinstance(self.exposures, NotEstimable):
            return self.exposures
        return _ratio(self.counts, self.exposures)

    @property
    def lure_rates(self) -> tuple[float | NotEstimable, ...] | NotEstimable:
        """How often each word's images were chosen when they were offered for another word."""
        if isinstance(self.exposures, NotEstimable):
            return self.exposures
        picks, offers = (_off_diagonal(table) for table in (self.counts, self.exposures))
        return tuple(
            rate if offered else NotEstimable(Reason.NEVER_SHOWN)
            for rate, offered in zip(_ratio(picks, offers).tolist(), offers.tolist(), strict=True)
        )


def confusion(answers: Answers) -> Confusion | NotEstimable:
    """Of all answers; everybody who saw an image of a word is counted."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    words = len(answers.words)
    counts = groups.table(answers.word, answers.chosen_word, (words, words))
    return Confusion(counts, exposures(answers))


def exposures(answers: Answers) -> NDArray[np.int64] | NotEstimable:
    """How often an image of each word (columns) was offered for each word (rows).

    Where everybody is offered the same images, from the questions; else from the grids.
    """
    words, asked = len(answers.words), answers.word
    image_words = np.array([image.word for image in answers.images], dtype=np.int64)
    fixed = np.array([q.is_fixed for q in answers.questions], dtype=bool)
    total = np.zeros((words, words), dtype=np.int64)
    answered = np.bincount(answers.question, minlength=len(answers.questions))
    for question, times in zip(answers.questions, answered.tolist(), strict=True):
        if question.is_fixed and times:
            np.add.at(total[question.word], image_words[list(question.images)], times)
    drawn = ~fixed[answers.question]
    if not drawn.any():
        return total
    if answers.grid is None:
        return NotEstimable(Reason.NO_GRID)
    grid = answers.grid[drawn]
    rows = np.broadcast_to(asked[drawn][:, None], grid.shape)
    shown = grid >= 0
    return total + groups.table(rows[shown], image_words[grid[shown]], (words, words))


def _off_diagonal(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of each column without the diagonal."""
    return table.sum(axis=0) - table.diagonal()


def _ratio(part: NDArray[np.int64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(n > 0, part / np.maximum(n, 1), np.nan)
