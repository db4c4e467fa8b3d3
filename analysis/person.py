"""One person beside everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.frames.person import GivenTrial
from analysis.people import SORTS, Crowd, Figure, known
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.spread import Spread, spread

_BARS = 32
# Of the drawing; the person's triangle has the head to itself.
WIDTH, HEIGHT, _HEAD = 160, 28, 8


@dataclass(frozen=True, slots=True)
class Strip:
    """How values are spread, as `bars` of heights in 0 .. 1 between the ends `low` and `high`.

    `place` is the person's own value on the way from one end to the other, in 0 .. 1.
    """

    bars: tuple[float, ...]
    low: float
    high: float
    place: float

    @property
    def boxes(self) -> list[tuple[float, float, float]]:
        """The bars in a drawing of WIDTH x HEIGHT: x, y, height."""
        step, tallest = WIDTH / len(self.bars), HEIGHT - _HEAD
        return [
            (round(i * step, 1), round(HEIGHT - bar * tallest, 1), round(bar * tallest, 1))
            for i, bar in enumerate(self.bars)
        ]

    @property
    def x(self) -> float:
        """Where the person stands in that drawing."""
        return round(self.place * WIDTH, 1)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the person beside those of everybody who has one, the person included.

    `below` is the share of the others whose figure is lower.
    """

    name: str
    own: Figure
    everybody: Spread | NotEstimable
    strip: Strip | None
    below: float | None


@dataclass(frozen=True, slots=True)
class PositionCell:
    """A cell of the grid, from 1: how often the person chose it, and expected evenly."""

    number: int
    chosen: int
    expected: float


# By their names in SORTS, and why one may be missing.
_FIGURES = {
    "accuracy": Reason.NO_ANSWERS,
    "time": Reason.NO_TIMES,
    "fast": Reason.NO_TIMES,
    "catches": Reason.NO_ANSWERS,
    "run": Reason.NO_POSITIONS,
    "agreement": Reason.NO_COMMON_QUESTION,
}


def compared(crowd: Crowd, index: int) -> list[Compared]:
    """The person's figures among those of everybody listed who answered; times in milliseconds."""
    among = crowd.is_listed & (crowd.n > 0)
    return [
        _compared(name, SORTS[name](crowd).astype(np.float64), among, index, missing)
        for name, missing in _FIGURES.items()
    ]


def cells(trials: Sequence[GivenTrial]) -> list[PositionCell]:
    """The cells of the largest grid that the person answered; none where nothing was answered."""
    answered = [trial for trial in trials if trial.position is not None]
    counts = Counter(trial.position for trial in answered)
    most = max((trial.options for trial in answered), default=0)
    return [
        PositionCell(
            cell + 1,
            counts[cell],
            sum(1 / trial.options for trial in answered if trial.options > cell),
        )
        for cell in range(most)
    ]


def strip(values: NDArray[np.float64], own: float, *, is_log: bool) -> Strip | None:
    """None where all values are the same: there is nothing to see."""
    low, high = float(values.min()), float(values.max())
    if low == high or (is_log and low <= 0):
        return None
    scale = np.log if is_log else np.asarray
    edges = np.linspace(scale(low), scale(high), _BARS + 1)
    counts, _ = np.histogram(scale(values), edges)
    place = float((scale(own) - edges[0]) / (edges[-1] - edges[0]))
    return Strip(tuple((counts / counts.max()).tolist()), low, high, min(1.0, max(0.0, place)))


def _compared(
    name: str, column: NDArray[np.float64], among: NDArray[np.bool_], index: int, missing: Reason
) -> Compared:
    own = known(column[index] if among[index] else np.nan, missing)
    everybody = column[among & ~np.isnan(column)]
    drawn, below = None, None
    if isinstance(own, float) and len(everybody) > 1:
        drawn = strip(everybody, own, is_log=name == "time")
        below = float((everybody < own).sum() / (len(everybody) - 1))
    return Compared(name, own, spread(everybody), drawn, below)


def strengths(counts: Sequence[int]) -> list[float]:
    """How strongly each count is coloured: 0 for none, 1 for the largest."""
    most = max(counts, default=0)
    return [count / most if most else 0.0 for count in counts]
