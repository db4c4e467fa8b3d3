"""Which word's images are taken for which word, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.frames import Selected, WordLabel
from analysis.relations.grids import distractors_differ, of_offered
from analysis.stats import Interval, NotEstimable, Reason, wilson
from analysis.stats.answers import Answers
from analysis.stats.confusion import confusion

STRONGEST = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Images of `chosen` that were offered where `asked` was asked: picks out of exposures."""

    asked: WordLabel
    chosen: WordLabel
    picks: int
    exposures: int

    @property
    def is_own(self) -> bool:
        return self.asked == self.chosen

    @property
    def rate(self) -> float | None:
        return self.picks / self.exposures if self.exposures else None

    @property
    def interval(self) -> Interval:
        return wilson(self.picks, self.exposures)


# An asked word, and what was offered for it, in the order of the columns.
Rows = tuple[tuple[WordLabel, tuple[Pair, ...]], ...]
Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lure:
    """How often a word's images were chosen where they were offered for another word."""

    word: WordLabel
    picks: int
    exposures: int

    @property
    def rate(self) -> float | NotEstimable:
        if not self.exposures:
            return NotEstimable(Reason.NEVER_SHOWN)
        return self.picks / self.exposures


@dataclass(frozen=True, slots=True)
class Confusions:
    """Rows are asked words, columns the words whose images were offered.

    `guessing` is the rate of every image for people who guess: one in the number of options,
    None where questions differ in it. `strongest` are confusions from the surest down: by the
    lower end of their interval, so that one pick in one exposure does not lead.
    """

    columns: tuple[WordLabel, ...]
    rows: Rows
    strongest: tuple[Pair, ...]
    lures: tuple[Lure, ...]
    answers: int
    people: int
    guessing: float | None

    @property
    def pairs(self) -> Iterator[Pair]:
        return (pair for _, row in self.rows for pair in row)


def confusions(selected: Selected) -> Confusions | NotEstimable:
    """Of the counted answers; words that were neither asked nor offered are left out."""
    answers = selected.answers
    found = of_offered(selected, confusion, needs_grids=distractors_differ(answers))
    if isinstance(found, NotEstimable):
        return found
    if isinstance(found.exposures, NotEstimable):
        return found.exposures
    rows = _rows(found.counts, found.exposures, selected.frame.layout.words)
    options = {q.options for q in answers.questions}
    return Confusions(
        columns=tuple(pair.chosen for pair in rows[0][1]),
        rows=rows,
        strongest=_strongest(rows),
        lures=_lures(rows),
        answers=len(answers),
        people=selected.once(_people),
        guessing=1 / options.pop() if len(options) == 1 else None,
    )


def _people(answers: Answers) -> int:
    return len(np.unique(answers.person))


def _rows(counts: Table, exposures: Table, words: tuple[WordLabel, ...]) -> Rows:
    asked = np.flatnonzero(exposures.any(axis=1)).tolist()
    offered = np.flatnonzero(exposures.any(axis=0)).tolist()
    order = [*asked, *(i for i in offered if i not in asked)]
    picks, times = counts.tolist(), exposures.tolist()
    return tuple(
        (
            words[i],
            tuple(Pair(words[i], words[j], picks[i][j], times[i][j]) for j in order),
        )
        for i in asked
    )


def _strongest(rows: Rows) -> tuple[Pair, ...]:
    wrong = [pair for _, row in rows for pair in row if pair.picks and not pair.is_own]
    wrong.sort(key=lambda pair: (-pair.interval.low, pair.asked.reading, pair.chosen.reading))
    return tuple(wrong[:STRONGEST])


def _lures(rows: Rows) -> tuple[Lure, ...]:
    """From the most often chosen down; those that were never shown come last."""
    found = []
    for place, word in enumerate(pair.chosen for pair in rows[0][1]):
        own = [row[place] for _, row in rows if not row[place].is_own]
        found.append(Lure(word, sum(p.picks for p in own), sum(p.exposures for p in own)))
    rank = {lure: lure.picks / lure.exposures if lure.exposures else -1.0 for lure in found}
    return tuple(sorted(found, key=lambda lure: (-rank[lure], lure.word.reading)))
