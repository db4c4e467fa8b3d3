"""How often each image was chosen when its own word was asked, and how often it could have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers, Asked, Ints
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class ImageVotes:
    """Of each image of `Answers.images` (I,): its votes and offers as a target.

    The images of a word compete: where a question has three targets their shares add up to its
    accuracy.
    """

    votes: NDArray[np.int64]  # (I,)
    offers: NDArray[np.int64]  # (I,)

    @property
    def share(self) -> NDArray[np.float64]:
        """Votes per offer (I,); NaN where it was never offered."""
        shares: NDArray[np.float64] = np.full(len(self.votes), np.nan)
        np.divide(self.votes, self.offers, out=shares, where=self.offers > 0)
        return shares


def image_votes(answers: Answers) -> ImageVotes | NotEstimable:
    """Of all answers.

    Where a question offers everybody all its images of the asked word, they are known from the
    question; else from the grids, without which it is NotEstimable.
    """
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    size = len(answers.images)
    votes = np.bincount(answers.chosen[answers.correct], minlength=size)
    answered = np.bincount(answers.question, minlength=len(answers.questions))
    offers = np.zeros(size, dtype=np.int64)
    drawn = np.zeros(len(answers.questions), dtype=bool)
    for at, (question, times) in enumerate(zip(answers.questions, answered.tolist(), strict=True)):
        own = _own(answers, question)
        if len(own) == question.targets:
            offers[own] += times
        else:
            drawn[at] = times > 0
    if not drawn.any():
        return ImageVotes(votes, offers)
    if answers.grid is None:
        return NotEstimable(Reason.NO_GRID)
    rows = drawn[answers.question]
    return ImageVotes(votes, offers + _offered(answers.only(rows), answers.grid[rows]))


def question_accuracy(answers: Answers) -> NDArray[np.float64]:
    """The accuracy of each question (Q,); NaN where it has no answers."""
    size = len(answers.questions)
    n = np.bincount(answers.question, minlength=size)
    correct = np.bincount(answers.question[answers.correct], minlength=size)
    shares: NDArray[np.float64] = np.full(size, np.nan)
    np.divide(correct, n, out=shares, where=n > 0)
    return shares


def question_means(answers: Answers, values: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean over each question's targets (Q,) of a value per image (I,).

    NaN where a target has none: a mean of some targets would not be comparable.
    """
    return np.array(
        [
            float(np.mean(values[own])) if (own := _own(answers, question)) else np.nan
            for question in answers.questions
        ],
        dtype=np.float64,
    )


def _own(answers: Answers, question: Asked) -> list[int]:
    return [image for image in question.images if answers.images[image].word == question.word]


def _offered(answers: Answers, grid: Ints) -> NDArray[np.int64]:
    """How often each image was in the grid of a question about its word (I,)."""
    words = np.array([image.word for image in answers.images], dtype=np.int64)
    shown = grid >= 0
    own = shown & (words[np.where(shown, grid, 0)] == answers.word[:, None])
    return np.bincount(grid[own], minlength=len(words))
