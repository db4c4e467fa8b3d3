"""What was offered together, and how often each of it was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers, Ints
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class ChoiceSets:
    """s sets of items that were offered together, for a word; padded with -1 to one width.

    Questions that offer everybody the same images are one set each, whatever the number of
    answers; where images differ, each answer has its own.
    """

    items: Ints  # (s, options)
    votes: NDArray[np.int64]  # (s, options) how often each place was chosen
    word: Ints  # (s,)

    @property
    def times(self) -> NDArray[np.int64]:
        """How often each set was answered (s,)."""
        return self.votes.sum(axis=1)

    def with_a_choice(self) -> ChoiceSets:
        """The sets that were answered and hold two items or more."""
        kept = ((self.items >= 0).sum(axis=1) > 1) & (self.times > 0)
        return ChoiceSets(self.items[kept], self.votes[kept], self.word[kept])

    def with_lures_apart(self, words: Ints) -> ChoiceSets:
        """Images of another word than the asked one get the numbers after all images."""
        is_lure = (self.items >= 0) & (words[self.items] != self.word[:, None])
        renamed = self.items + np.where(is_lure, len(words), 0)
        return ChoiceSets(renamed, self.votes, self.word)

    def numbered(self) -> tuple[Ints, ChoiceSets]:
        """The items that occur (m,), and the sets with their places among them."""
        items = np.unique(self.items[self.items >= 0])
        places = np.where(self.items >= 0, np.searchsorted(items, self.items), -1)
        return items, ChoiceSets(places, self.votes, self.word)


def choice_sets(answers: Answers) -> ChoiceSets | NotEstimable:
    """The sets of all answers, by image."""
    fixed = np.array([q.is_fixed for q in answers.questions], dtype=bool)[answers.question]
    if fixed.all():
        return _of_questions(answers)
    if answers.grid is None:
        return NotEstimable(Reason.NO_GRID)
    first, rest = _of_questions(answers.only(fixed)), _of_answers(answers.only(~fixed))
    width = max(first.items.shape[1], rest.items.shape[1])
    return ChoiceSets(
        np.vstack([_widened(each.items, width, -1) for each in (first, rest)]),
        np.vstack([_widened(each.votes, width, 0) for each in (first, rest)]),
        np.concatenate([first.word, rest.word]),
    )


def _of_questions(answers: Answers) -> ChoiceSets:
    asked = [(at, q) for at, q in enumerate(answers.questions) if q.is_fixed]
    width = max((question.options for _, question in asked), default=0)
    items = np.full((len(asked), width), -1, dtype=np.int64)
    for row, (_, question) in enumerate(asked):
        items[row, : question.options] = question.images
    shape = (len(answers.questions), len(answers.images))
    votes = groups.table(answers.question, answers.chosen, shape)[[at for at, _ in asked]]
    chosen = np.where(items >= 0, np.take_along_axis(votes, np.maximum(items, 0), axis=1), 0)
    return ChoiceSets(items, chosen, np.array([q.word for _, q in asked], dtype=np.int64))


def _of_answers(answers: Answers) -> ChoiceSets:
    assert answers.grid is not None  # noqa: S101 - for the type checker; the caller looked
    chosen = answers.grid == answers.chosen[:, None]
    return ChoiceSets(answers.grid, chosen.astype(np.int64), answers.word)


def _widened(table: Ints, width: int, filling: int) -> Ints:
    missing = width - table.shape[1]
    return np.pad(table, ((0, 0), (0, missing)), constant_values=filling)
