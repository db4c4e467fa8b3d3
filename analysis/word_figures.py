"""The words with everything that the page of words says of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

import numpy as np

from analysis import frames, reports, stats
from analysis.frames import Cell, Content, Selected, WordLabel
from analysis.reports import ContentColumn, Estimate
from analysis.stats.answers import Ints
from analysis.stats.chance import benjamini_hochberg
from analysis.stats.clustered import Clusters, clusters, wilson_effective
from analysis.stats.evalues import EValue, e_value
from analysis.stats.intervals import NotEstimable, clopper_pearson
from analysis.stats.sensitivity import chance_corrected, dprime_mofk

T = TypeVar("T")


class Method(StrEnum):
    """How an interval is made."""

    CLUSTERED = "clustered"
    WILSON = "wilson"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class WordFigures:
    """A word over all its questions. `p_value` is exact, one-sided, Holm over the words, `q_value`
    the same by Benjamini and Hochberg; None where the word has no answers.
    """

    word: WordLabel
    estimate: Estimate
    p_value: float | None
    q_value: float | None
    corrected: float | NotEstimable
    dprime: float | NotEstimable
    evidence: EValue | NotEstimable


def word_figures(selected: Selected, method: Method = Method.CLUSTERED) -> list[WordFigures]:
    """From the best recognised word down."""
    rows = selected.kept(_figures)
    people = selected.kept(_by_word)
    return [replace(row, estimate=bounded(row.estimate, people[row.word], method)) for row in rows]


def content_columns(selected: Selected, method: Method = Method.CLUSTERED) -> list[ContentColumn]:
    """The photographs by name; intervals of the pooled accuracy of each by the method."""
    people = selected.kept(_by_content)
    return [
        replace(column, estimate=bounded(column.estimate, people[column.content], method))
        for column in selected.kept(_columns)
    ]


def bounded(estimate: Estimate, people: Clusters, method: Method) -> Estimate:
    """The estimate with its interval by another method.

    One person's answers are alike, so that their number, for an interval, is smaller than it is.
    Where that cannot be estimated, Wilson's interval stays.
    """
    if isinstance(estimate, NotEstimable):
        return estimate
    if method == Method.EXACT:
        return replace(estimate, interval=clopper_pearson(estimate.correct, estimate.n))
    interval = wilson_effective(people) if method == Method.CLUSTERED else estimate.interval
    return estimate if isinstance(interval, NotEstimable) else replace(estimate, interval=interval)


def _figures(selected: Selected) -> list[WordFigures]:
    cells = reports.about_words(frames.cells(selected))
    rows = reports.words(cells)
    tests = {row.word: reports.against_chance(_of(cells, row.word)) for row in rows}
    raw = {w: test.p_greater for w, test in tests.items() if isinstance(test, stats.ChanceTest)}
    adjusted = dict(zip(raw, benjamini_hochberg(list(raw.values())), strict=True))
    return [
        WordFigures(
            row.word, row.estimate, row.p_value, adjusted.get(row.word),
            *_beside_chance(_of(cells, row.word)),
        )
        for row in rows
    ]  # fmt: skip


def _beside_chance(
    cells: Sequence[Cell],
) -> tuple[float | NotEstimable, float | NotEstimable, EValue | NotEstimable]:
    answered = [cell for cell in cells if cell.answers]
    correct = sum(cell.correct for cell in answered)
    levels: Counter[Fraction] = Counter()
    grids: Counter[tuple[int, int]] = Counter()
    right: Counter[Fraction] = Counter()
    for cell in answered:
        levels[cell.chance] += cell.answers
        right[cell.chance] += cell.correct
        grids[cell.targets, cell.options] += cell.answers
    scores = {level: (right[level], n) for level, n in levels.items()}
    return chance_corrected(correct, levels), dprime_mofk(correct, grids), e_value(scores)


def _of(cells: Sequence[Cell], word: WordLabel) -> list[Cell]:
    return [cell for cell in cells if cell.word == word]


def _columns(selected: Selected) -> list[ContentColumn]:
    return reports.contents(reports.about_words(frames.cells(selected)))


def _by_word(selected: Selected) -> dict[WordLabel, Clusters]:
    answers = selected.answers
    return _grouped(selected, answers.word, selected.frame.layout.words)


def _by_content(selected: Selected) -> dict[Content, Clusters]:
    answers = selected.answers
    return _grouped(selected, answers.content, selected.frame.layout.contents)


def _grouped(selected: Selected, group: Ints, things: tuple[T, ...]) -> dict[T, Clusters]:
    answers, correct = selected.answers, selected.answers.correct
    found = {}
    for index, thing in enumerate(things):
        rows = np.flatnonzero(group == index)
        found[thing] = clusters(correct[rows], answers.person[rows])
    return found
