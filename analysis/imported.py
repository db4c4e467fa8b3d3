"""An imported study as its page shows it: its words, their tables of votes, and the tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from analysis import reports, stats
from analysis.frames import Cell, Content, Picture, WordLabel
from analysis.models import ImportedStudy
from analysis.reports import CellEstimate, Estimate, WordRow
from analysis.stats.contingency import freeman_halton, table_test
from analysis.stats.evalues import EValue, e_value
from analysis.stats.sensitivity import dprime_mofk
from analysis.votes import QuestionVotes, WordVotes

# Where as many votes or more are expected in every cell, the test of a large table need not be
# the exact one, which takes seconds there (Cochran 1954).
_ENOUGH_EXPECTED = 5
_NO_PICTURE = Picture("", None, None)


@dataclass(frozen=True, slots=True)
class Association:
    """The p of: photographs differ in which clusters are chosen; exact, or else of the G test."""

    p: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Voted:
    """The votes of one image, and its share of all answers to its question."""

    votes: int
    answers: int

    @property
    def share(self) -> float:
        return self.votes / self.answers if self.answers else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A style cluster's images, one a question."""

    cluster: int
    images: tuple[Voted, ...]

    @property
    def votes(self) -> int:
        return sum(image.votes for image in self.images)


@dataclass(frozen=True, slots=True)
class WordFigures:
    """A word over all its questions, with its table of votes."""

    row: WordRow
    test: stats.ChanceTest | stats.NotEstimable
    dprime: float | stats.NotEstimable
    evidence: EValue | stats.NotEstimable
    columns: tuple[CellEstimate, ...]
    rows: tuple[Row, ...]
    association: Association | stats.NotEstimable

    @property
    def others(self) -> int:
        return sum(column.cell.others for column in self.columns)


@dataclass(frozen=True, slots=True)
class OtherReading:
    """The tests against the chance level by another reading of the design."""

    options: int
    chance: float
    p_values: tuple[tuple[WordLabel, float], ...]


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """Everything that the page of an imported study shows; words from the best recognised down."""

    cells: tuple[Cell, ...]
    words: tuple[WordFigures, ...]
    total: Estimate
    other_reading: OtherReading | None


def report(study: ImportedStudy) -> ImportedReport:
    tables = {label_of(study, table.word): table for table in study.votes}
    cells = _cells(tables.items())
    figures = tuple(_figures(row, tables[row.word], cells) for row in reports.words(cells))
    return ImportedReport(
        cells=tuple(cells),
        words=figures,
        total=reports.pooled(cells),
        other_reading=_other_reading(figures, study.other_options),
    )


def label_of(study: ImportedStudy, word: str) -> WordLabel:
    """How a word is written; where only one spelling is known, it is the text."""
    texts = study.words.get(word, {})
    text = texts.get("text")
    return WordLabel(text or word, word if text else "", texts.get("gloss", ""))


def _cells(tables: Iterable[tuple[WordLabel, WordVotes]]) -> list[Cell]:
    asked = [(label, question) for label, table in tables for question in table.questions]
    return [
        Cell(
            index=index,
            word=label,
            content=Content(question.content, _NO_PICTURE),
            condition=question.condition,
            targets=question.targets,
            options=question.options,
            answers=question.answers,
            correct=question.correct,
        )
        for index, (label, question) in enumerate(asked)
    ]


def _figures(row: WordRow, table: WordVotes, cells: Sequence[Cell]) -> WordFigures:
    own = [cell for cell in cells if cell.word == row.word]
    grids: Counter[tuple[int, int]] = Counter()
    scores: dict[Fraction, tuple[int, int]] = {}
    for cell in own:
        grids[cell.targets, cell.options] += cell.answers
        correct, n = scores.get(cell.chance, (0, 0))
        scores[cell.chance] = correct + cell.correct, n + cell.answers
    return WordFigures(
        row=row,
        test=reports.against_chance(own),
        dprime=dprime_mofk(sum(cell.correct for cell in own), grids),
        evidence=e_value(scores),
        columns=tuple(reports.estimated(cell) for cell in own),
        rows=tuple(
            Row(cluster, tuple(map(_voted, votes, table.questions)))
            for cluster, votes in zip(table.clusters, table.rows, strict=True)
        ),
        association=_association(table.rows),
    )


def _voted(votes: int, question: QuestionVotes) -> Voted:
    return Voted(votes, question.answers)


@lru_cache(maxsize=256)
def _association(rows: tuple[tuple[int, ...], ...]) -> Association | stats.NotEstimable:
    approximate = table_test(rows)
    if isinstance(approximate, stats.NotEstimable):
        return approximate
    if approximate.least_expected >= _ENOUGH_EXPECTED:
        return Association(approximate.g_p, is_exact=False)
    exact = freeman_halton(rows)
    return exact if isinstance(exact, stats.NotEstimable) else Association(exact.p, is_exact=True)


def _other_reading(words: Sequence[WordFigures], options: int | None) -> OtherReading | None:
    """One-sided, Holm over the words, as the tests of the first reading."""
    targets = {column.cell.targets for word in words for column in word.columns}
    if options is None or len(targets) != 1:
        return None
    chance = Fraction(targets.pop(), options)
    tests = [
        (word.row.word, stats.chance_test(_correct(word), {chance: _answers(word)}))
        for word in words
    ]
    tested = [(label, t.p_greater) for label, t in tests if isinstance(t, stats.ChanceTest)]
    adjusted = stats.holm([p for _label, p in tested])
    labels = [label for label, _p in tested]
    return OtherReading(options, float(chance), tuple(zip(labels, adjusted, strict=True)))


def _correct(word: WordFigures) -> int:
    return sum(column.cell.correct for column in word.columns)


def _answers(word: WordFigures) -> int:
    return sum(column.cell.answers for column in word.columns)
