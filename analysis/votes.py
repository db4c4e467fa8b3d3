"""Tables of votes: how often each image of a word was chosen when the word was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from analysis.stats.answers import Answers


@dataclass(frozen=True, slots=True)
class QuestionVotes:
    """The votes of one question, a word on a content image; `votes` has one a cluster.

    `condition` is empty where a study has one.
    """

    content: str
    targets: int
    options: int
    answers: int
    votes: tuple[int, ...]
    condition: str = ""

    @property
    def chance(self) -> Fraction:
        return Fraction(self.targets, self.options)

    @property
    def correct(self) -> int:
        return sum(self.votes)

    @property
    def others(self) -> int:
        """Answers that chose a distractor."""
        return self.answers - self.correct


@dataclass(frozen=True, slots=True)
class WordVotes:
    """The table of a word: its questions as columns, its style clusters as rows."""

    word: str
    clusters: tuple[int, ...]
    questions: tuple[QuestionVotes, ...]

    @property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """The votes of each cluster, one a question."""
        return tuple(zip(*(question.votes for question in self.questions), strict=True))


def tally(answers: Answers) -> tuple[WordVotes, ...]:
    """The table of every word that was asked, in the order of the words and of their contents."""
    asked = np.bincount(answers.question, minlength=len(answers.questions))
    chosen = _chosen(answers)
    clusters = _clusters(answers)
    tables: dict[int, list[QuestionVotes]] = {}
    for index in sorted(range(len(asked)), key=lambda place: answers.questions[place].content):
        question = answers.questions[index]
        votes = tuple(
            chosen.get((index, cluster), 0) for cluster in clusters.get(question.word, ())
        )
        tables.setdefault(question.word, []).append(
            QuestionVotes(
                content=answers.contents[question.content],
                targets=question.targets,
                options=question.options,
                answers=int(asked[index]),
                votes=votes,
                condition=question.condition,
            )
        )
    return tuple(
        WordVotes(answers.words[word], tuple(clusters.get(word, ())), tuple(questions))
        for word, questions in sorted(tables.items())
    )


def _clusters(answers: Answers) -> dict[int, list[int]]:
    """The style clusters of each word among all images that were offered."""
    found: dict[int, set[int]] = {}
    for image in answers.images:
        found.setdefault(image.word, set()).add(image.cluster)
    return {word: sorted(clusters) for word, clusters in found.items()}


def _chosen(answers: Answers) -> dict[tuple[int, int], int]:
    """How often each cluster of the asked word was chosen, by question and cluster."""
    right = answers.correct
    code = answers.question[right].astype(np.int64) * len(answers.images) + answers.chosen[right]
    votes: dict[tuple[int, int], int] = {}
    for pair, count in zip(*np.unique(code, return_counts=True), strict=True):
        question, image = divmod(int(pair), len(answers.images))
        key = question, answers.images[image].cluster
        votes[key] = votes.get(key, 0) + int(count)
    return votes


def stored(tables: Iterable[WordVotes]) -> list[dict[str, Any]]:
    """The tables as JSON holds them."""
    return [asdict(table) for table in tables]


def restored(tables: Sequence[Mapping[str, Any]]) -> tuple[WordVotes, ...]:
    """The tables that `stored` gave."""
    return tuple(
        WordVotes(
            table["word"],
            tuple(table["clusters"]),
            tuple(
                QuestionVotes(**{**question, "votes": tuple(question["votes"])})
                for question in table["questions"]
            ),
        )
        for table in tables
    )
