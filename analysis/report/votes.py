"""Votes for the images of each word: style clusters x content images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.stats.answers import Answers


@dataclass(frozen=True, slots=True)
class Voted:
    """How often an image was chosen where its word was asked; `image` is an index of images."""

    image: int
    votes: int
    answers: int


@dataclass(frozen=True, slots=True)
class Row:
    """A cluster's images, one a question; None where a question does not offer one."""

    cluster: int
    condition: str
    images: tuple[Voted | None, ...]

    @property
    def votes(self) -> int:
        return sum(image.votes for image in self.images if image)


@dataclass(frozen=True, slots=True)
class Column:
    """A question: its content image, its answers, and those that chose a distractor."""

    content: int
    answers: int
    others: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The table of a word in one condition ("" where a study has one)."""

    word: int
    condition: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def grids_of(answers: Answers) -> tuple[Grid, ...]:
    """A table for each word and condition, with the contents by name."""
    tally = _Tally.of(answers)
    asked: dict[tuple[int, str], list[int]] = {}
    contents = [answers.contents[question.content] for question in answers.questions]
    for at in sorted(range(len(contents)), key=contents.__getitem__):
        question = answers.questions[at]
        asked.setdefault((question.word, question.condition), []).append(at)
    return tuple(
        Grid(word, condition, tuple(map(tally.column, questions)), tally.rows(questions))
        for (word, condition), questions in sorted(asked.items())
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    """Answers to each question, and votes of each image in it, by their indices."""

    answers: Answers
    n: list[int]
    votes: dict[tuple[int, int], int]

    @classmethod
    def of(cls, answers: Answers) -> _Tally:
        images = max(1, len(answers.images))
        code, count = np.unique(
            answers.question.astype(np.int64) * images + answers.chosen, return_counts=True
        )
        votes = {divmod(int(c), images): int(n) for c, n in zip(code, count, strict=True)}
        n = np.bincount(answers.question, minlength=len(answers.questions))
        return cls(answers, n.tolist(), votes)

    def column(self, question: int) -> Column:
        targets = sum(self.votes.get((question, image), 0) for image in self._targets(question))
        n, content = self.n[question], self.answers.questions[question].content
        return Column(content, n, n - targets)

    def rows(self, questions: Sequence[int]) -> tuple[Row, ...]:
        found: dict[tuple[int, str], dict[int, Voted]] = {}
        for question in questions:
            for image in self._targets(question):
                stimulus = self.answers.images[image]
                row = found.setdefault((stimulus.cluster, stimulus.condition), {})
                votes = self.votes.get((question, image), 0)
                row[question] = Voted(image, votes, self.n[question])
        return tuple(
            Row(cluster, condition, tuple(map(row.get, questions)))
            for (cluster, condition), row in sorted(found.items())
        )

    def _targets(self, question: int) -> list[int]:
        """The images of the asked word."""
        asked = self.answers.questions[question]
        return [image for image in asked.images if self.answers.images[image].word == asked.word]
