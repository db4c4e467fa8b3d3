"""Response times: how long people take, for what, and whether they become quicker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.positions import Positions, positions
from analysis.stats.spread import Spread, places, spread, spreads

Found = Spread | NotEstimable

# A tenth of a power of ten, from 0.1 s on; what lies beyond is counted in the outer bins.
_STEP = 0.1
_FIRST, _LAST = 2.0, 5.0  # log10 of milliseconds
_EDGES = np.round(np.arange(_FIRST, _LAST + _STEP / 2, _STEP), 6)
# So many points of the course are read at a glance; longer courses are cut into equal parts.
_PARTS = 24


@dataclass(frozen=True, slots=True)
class Histogram:
    """Timed answers by the logarithm of their time; `edges` are in milliseconds, one more."""

    edges: tuple[float, ...]
    correct: tuple[int, ...]
    wrong: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The answers from the `first` to the `last` of each person, counted from 1."""

    first: int
    last: int
    spread: Found


@dataclass(frozen=True, slots=True)
class Timing:
    """Response times in milliseconds; words and contents by their indices of Answers."""

    answers: int
    everything: Spread
    correct: Found
    wrong: Found
    words: tuple[Found, ...]
    contents: tuple[Found, ...]
    course: tuple[Part, ...]
    histogram: Histogram

    @property
    def missing(self) -> int:
        """The answers without a time."""
        return self.answers - self.everything.n


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell of the grid: how often it was chosen, and held a target, and both expected."""

    number: int
    chosen: int
    expected: float
    targets: int | None
    targets_expected: float | None


def timing(answers: Answers) -> Timing | NotEstimable:
    """Of all answers."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    rt_ms, right = answers.rt_ms, answers.correct
    everything = spread(rt_ms)
    if isinstance(everything, NotEstimable):
        return everything
    wrong, correct = spreads(rt_ms, right.astype(np.int64), 2)
    return Timing(
        answers=len(answers),
        everything=everything,
        correct=correct,
        wrong=wrong,
        words=spreads(rt_ms, answers.word, len(answers.words)),
        contents=spreads(rt_ms, answers.content, len(answers.contents)),
        course=_course(answers),
        histogram=_histogram(rt_ms, right),
    )


def use_of_cells(answers: Answers) -> tuple[Positions, list[CellRow]] | NotEstimable:
    """How often each cell was chosen; with the grids also how often it held a target."""
    found = positions(answers)
    return found if isinstance(found, NotEstimable) else (found, cells(found, answers))


def cells(found: Positions, answers: Answers) -> list[CellRow]:
    """The cells with what is expected if choices and targets are spread evenly."""
    options = np.array([q.options for q in answers.questions], dtype=np.int64)[answers.question]
    targets = np.array([q.targets for q in answers.questions], dtype=np.int64)[answers.question]
    slots = None if isinstance(found.target_slots, NotEstimable) else found.target_slots
    known = answers.position >= 0
    return [
        CellRow(
            number=cell + 1,
            chosen=chosen,
            expected=float((1 / options[known & (options > cell)]).sum()),
            targets=slots[cell] if slots else None,
            targets_expected=float((targets / options)[options > cell].sum()) if slots else None,
        )
        for cell, chosen in enumerate(found.counts)
    ]


def _course(answers: Answers) -> tuple[Part, ...]:
    place = places(answers)
    longest = int(place.max()) + 1
    size = -(-longest // _PARTS)
    parts = -(-longest // size)
    return tuple(
        Part(part * size + 1, min((part + 1) * size, longest), each)
        for part, each in enumerate(spreads(answers.rt_ms, place // size, parts))
    )


def _histogram(rt_ms: np.ndarray, right: np.ndarray) -> Histogram:
    """A time of 0 has no logarithm; it lies below the first edge as all that is too short."""
    timed = ~np.isnan(rt_ms)
    logs = np.log10(np.maximum(rt_ms[timed], 1.0))
    bins = len(_EDGES) - 1
    place = np.clip(np.floor((logs - _FIRST) / _STEP + 1e-9), 0, bins - 1).astype(np.int64)
    correct, wrong = (
        tuple(np.bincount(place[which], minlength=bins).tolist())
        for which in (right[timed], ~right[timed])
    )
    return Histogram(tuple((10**_EDGES).tolist()), correct, wrong)
