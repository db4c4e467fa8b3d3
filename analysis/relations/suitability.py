"""Which photographs suit which textures: accuracy of word x photograph, votes of cluster x
photograph, and whether the image that is chosen depends on the photograph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis.frames import Content, Selected, WordLabel
from analysis.relations.measures import Measures
from analysis.stats import NotEstimable, Proportion, Reason
from analysis.stats import accuracy as accuracy_of
from analysis.stats.answers import Answers
from analysis.stats.compatibility import Compatibility, WordCompatibility, compatibility

PERMUTATIONS = 2000


@dataclass(frozen=True, slots=True)
class VoteCell:
    """A cluster's image on a photograph: its votes of the word's answers there, and its distances.

    Where a study has several conditions a cell is of all of them, and a distance is their mean.
    """

    votes: int
    answers: int
    colour_distance: float | None
    style_distance: float | None

    @property
    def share(self) -> float | None:
        return self.votes / self.answers if self.answers else None


@dataclass(frozen=True, slots=True)
class VoteLine:
    """A row of a word's table; `cluster` is None for images of other words."""

    cluster: int | None
    cells: tuple[VoteCell, ...]

    @property
    def votes(self) -> int:
        return sum(cell.votes for cell in self.cells)


@dataclass(frozen=True, slots=True)
class WordTable:
    """A word: its accuracy by photograph (None where not asked), its votes, and its test."""

    word: WordLabel
    accuracies: tuple[Proportion | NotEstimable | None, ...]
    contents: tuple[Content, ...]
    lines: tuple[VoteLine, ...]
    test: WordCompatibility | NotEstimable

    @property
    def answers(self) -> int:
        return sum(each.n for each in self.accuracies if isinstance(each, Proportion))


@dataclass(frozen=True, slots=True)
class Suitability:
    """All words over the study's photographs, and the test of all words together."""

    contents: tuple[Content, ...]
    words: tuple[WordTable, ...]
    overall: Compatibility | NotEstimable
    answers: int

    @property
    def from_limit(self) -> bool:
        """Whether any word's permutations were drawn from their limit."""
        tests = [table.test for table in self.words]
        return any(isinstance(test, WordCompatibility) and test.from_limit for test in tests)


def suitability(selected: Selected, measures: Measures) -> Suitability:
    """The asked words in the study's order, the photographs by name."""
    layout = selected.frame.layout
    overall = selected.once(compatibility, permutations=PERMUTATIONS)
    asked = sorted({layout.asked[i].word for i in _questions(selected)})
    order = sorted(range(len(layout.contents)), key=lambda at: layout.contents[at].name)
    counts = selected.once(_counts)
    return Suitability(
        contents=tuple(layout.contents[at] for at in order),
        words=tuple(_table(selected, counts, measures, word, order) for word in asked),
        overall=overall,
        answers=len(selected.answers),
    )


def _questions(selected: Selected) -> list[int]:
    """The questions of the condition, or all: indices of Layout.asked."""
    layout, condition = selected.frame.layout, selected.selection.condition
    cells = [layout.cells[number] for number in layout.number]
    return [i for i, cell in enumerate(cells) if not condition or cell.condition == condition]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Answers and correct answers of each question, and votes of each image as a target."""

    answers: tuple[int, ...]
    correct: tuple[int, ...]
    votes: tuple[int, ...]


def _counts(answers: Answers) -> _Counts:
    questions, images = len(answers.questions), len(answers.images)
    correct = answers.correct
    return _Counts(
        tuple(np.bincount(answers.question, minlength=questions).tolist()),
        tuple(np.bincount(answers.question[correct], minlength=questions).tolist()),
        tuple(np.bincount(answers.chosen[correct], minlength=images).tolist()),
    )


def _table(
    selected: Selected, counts: _Counts, measures: Measures, word: int, order: list[int]
) -> WordTable:
    layout = selected.frame.layout
    questions: dict[int, list[int]] = {at: [] for at in order}
    for i in _questions(selected):
        if layout.asked[i].word == word:
            questions[layout.asked[i].content].append(i)
    there = [at for at in order if questions[at]]
    return WordTable(
        word=layout.words[word],
        accuracies=tuple(_accuracy(selected, counts, questions[at]) for at in order),
        contents=tuple(layout.contents[at] for at in there),
        lines=tuple(_lines(selected, counts, measures, [(at, questions[at]) for at in there])),
        test=_test(selected, word),
    )


def _accuracy(
    selected: Selected, counts: _Counts, questions: list[int]
) -> Proportion | NotEstimable | None:
    if not questions:
        return None
    guessing: Counter[Fraction] = Counter()
    for i in questions:
        guessing[selected.frame.layout.asked[i].chance] += counts.answers[i]
    return accuracy_of(sum(counts.correct[i] for i in questions), guessing)


def _lines(
    selected: Selected, counts: _Counts, measures: Measures, columns: list[tuple[int, list[int]]]
) -> list[VoteLine]:
    """A line for each of the word's clusters, and one for the images of other words."""
    layout = selected.frame.layout
    images: dict[tuple[int, int], set[int]] = {}
    for content, questions in columns:
        for question in (layout.asked[i] for i in questions):
            for image in question.images:
                if layout.images[image].word == question.word:
                    key = layout.images[image].cluster, content
                    images.setdefault(key, set()).add(image)
    clusters = sorted({cluster for cluster, _ in images})
    asked = {content: sum(counts.answers[i] for i in own) for content, own in columns}
    correct = {content: sum(counts.correct[i] for i in own) for content, own in columns}
    lines = [
        VoteLine(
            cluster,
            tuple(
                _cell(images.get((cluster, content), set()), counts, measures, asked[content])
                for content, _ in columns
            ),
        )
        for cluster in clusters
    ]
    others = [VoteCell(asked[at] - correct[at], asked[at], None, None) for at, _ in columns]
    return [*lines, VoteLine(None, tuple(others))]


def _cell(images: set[int], counts: _Counts, measures: Measures, answers: int) -> VoteCell:
    def mean(field: str) -> float | None:
        known = [v for i in images if (v := measures.values[field][i]) is not None]
        return sum(known) / len(known) if known else None

    votes = sum(counts.votes[i] for i in images)
    return VoteCell(votes, answers, mean("colour_distance"), mean("style_distance"))


def _test(selected: Selected, word: int) -> WordCompatibility | NotEstimable:
    overall = selected.once(compatibility, permutations=PERMUTATIONS)
    if not isinstance(overall, NotEstimable):
        return overall.words[word]
    if not (selected.answers.word == word).any():
        return NotEstimable(Reason.NO_ANSWERS)
    return overall
