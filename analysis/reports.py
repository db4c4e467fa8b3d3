"""What the pages say: tables turned into estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from analysis import stats
from analysis.frames import Cell, Content, Score, VoteRow, VoteTable, WordLabel

# Stands for the catch questions where a word's reading is asked for; no reading has an @.
CATCH = "@catch"

Estimate = stats.Proportion | stats.NotEstimable


@dataclass(frozen=True, slots=True)
class Headline:
    """A study in a few figures; `people` carries the interval that a reader should quote."""

    words: Estimate
    people: stats.PeopleMean | stats.NotEstimable
    catches: Estimate
    has_catches: bool
    answers: int


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word over all its questions; `p_value` is exact, one-sided, Holm over the words."""

    word: WordLabel
    estimate: Estimate
    p_value: float | None


@dataclass(frozen=True, slots=True)
class ContentColumn:
    """A photograph and its questions, in the shared order of the words; None where not asked."""

    content: Content
    estimate: Estimate
    cells: tuple[tuple[WordLabel, Asked | None], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A word on a photograph: its questions, one a condition, and their accuracy."""

    questions: tuple[Cell, ...]
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """A question with its accuracy."""

    cell: Cell
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class CountedTable:
    """A table of votes with the sums of its questions below it."""

    condition: str | None
    columns: tuple[CellEstimate, ...]
    rows: tuple[VoteRow, ...]
    total: Estimate
    others: int


def pooled(cells: Iterable[Cell]) -> Estimate:
    """The accuracy over the answers to all these questions."""
    answered = [cell for cell in cells if cell.answers]
    return stats.accuracy(sum(cell.correct for cell in answered), _guessing(answered))


def against_chance(cells: Iterable[Cell]) -> stats.ChanceTest | stats.NotEstimable:
    """The exact test of the answers to all these questions against guessing."""
    answered = [cell for cell in cells if cell.answers]
    return stats.chance_test(sum(cell.correct for cell in answered), _guessing(answered))


def conditions(cells: Iterable[Cell]) -> list[str]:
    """What is compared, in the order of the questions."""
    return list(dict.fromkeys(cell.condition for cell in cells if cell.word and cell.condition))


def of_condition(cells: Iterable[Cell], condition: str) -> list[Cell]:
    """The questions of a condition; "" means all. What mixes conditions is of none."""
    return [cell for cell in cells if not condition or cell.condition == condition]


def about_words(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.word]


def headline(cells: Sequence[Cell], scores: Sequence[Score]) -> Headline:
    catches = [cell for cell in cells if not cell.word]
    return Headline(
        words=pooled(about_words(cells)),
        people=stats.people_mean(scores),
        catches=pooled(catches),
        has_catches=bool(catches),
        answers=sum(cell.answers for cell in cells),
    )


def words(cells: Sequence[Cell]) -> list[WordRow]:
    """The words from the best recognised down; those without answers come last."""
    by_word = _by_word(cells)
    tests = {word: against_chance(asked) for word, asked in by_word.items()}
    tested = {word: t.p_greater for word, t in tests.items() if isinstance(t, stats.ChanceTest)}
    adjusted = dict(zip(tested, stats.holm(list(tested.values())), strict=True))
    rows = [WordRow(word, pooled(asked), adjusted.get(word)) for word, asked in by_word.items()]
    return sorted(rows, key=_best_first)


def contents(cells: Sequence[Cell]) -> list[ContentColumn]:
    """The photographs by name, each with every word in the order of `words`."""
    order = [row.word for row in words(cells)]
    by_content: dict[Content, dict[WordLabel, list[Cell]]] = {}
    for cell in cells:
        if cell.word:
            by_content.setdefault(cell.content, {}).setdefault(cell.word, []).append(cell)
    return [
        ContentColumn(
            content=content,
            estimate=pooled(cell for questions in asked.values() for cell in questions),
            cells=tuple((word, _asked(asked.get(word))) for word in order),
        )
        for content, asked in sorted(by_content.items(), key=lambda item: item[0].name)
    ]


def by_word(columns: Sequence[ContentColumn]) -> list[tuple[WordLabel, list[Asked | None]]]:
    """The same estimates row by row: a word, then one estimate a photograph."""
    return [
        (entries[0][0], [asked for _word, asked in entries])
        for entries in zip(*(column.cells for column in columns), strict=True)
    ]


def filtered(cells: Sequence[Cell], *, word: str, content: str) -> list[Cell]:
    """The questions about a word (a reading, or CATCH) and a photograph; "" means any."""
    return [
        cell
        for cell in cells
        if (not word or word == (cell.word.reading if cell.word else CATCH))
        and (not content or content == cell.content.name)
    ]


def estimated(cell: Cell) -> CellEstimate:
    return CellEstimate(cell, pooled([cell]))


def elsewhere(cells: Iterable[Cell], question: Cell) -> list[Cell]:
    """The same question in the other conditions."""
    return [
        cell
        for cell in cells
        if cell != question and (cell.word, cell.content) == (question.word, question.content)
    ]


def counted(table: VoteTable) -> CountedTable:
    return CountedTable(
        condition=table.condition,
        columns=tuple(estimated(cell) for cell in table.columns),
        rows=table.rows,
        total=pooled(table.columns),
        others=sum(cell.others for cell in table.columns),
    )


def readings(cells: Iterable[Cell]) -> list[WordLabel]:
    """The study's words in the order of their readings."""
    return sorted({cell.word for cell in cells if cell.word}, key=lambda word: word.reading)


def _by_word(cells: Iterable[Cell]) -> dict[WordLabel, list[Cell]]:
    grouped: dict[WordLabel, list[Cell]] = {}
    for cell in cells:
        if cell.word:
            grouped.setdefault(cell.word, []).append(cell)
    return grouped


def _asked(questions: Sequence[Cell] | None) -> Asked | None:
    return Asked(tuple(questions), pooled(questions)) if questions else None


def _guessing(cells: Iterable[Cell]) -> dict[Fraction, int]:
    levels: Counter[Fraction] = Counter()
    for cell in cells:
        levels[cell.chance] += cell.answers
    return dict(levels)


def _best_first(row: WordRow) -> tuple[float, str]:
    share = row.estimate.accuracy if isinstance(row.estimate, stats.Proportion) else -1.0
    return -share, row.word.reading
