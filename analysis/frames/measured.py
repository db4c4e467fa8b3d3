"""How long images took to load, and how often people looked elsewhere, answer by answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.frames.selected import Selected
from analysis.stats.intervals import NotEstimable
from analysis.stats.spread import Spread, spread


@dataclass(frozen=True, slots=True)
class Measured:
    """Of the counted answers about words; `load_ms` is from the question on the page to its images.

    `blurred` are answers during which the window was left once or more, among the `watched`.
    """

    answers: int
    load_ms: Spread | NotEstimable
    blurred: int
    watched: int


def measured(selected: Selected) -> Measured:
    """One query, and none for as long as the answers stay the same."""
    return selected.kept(_measured)


def _measured(selected: Selected) -> Measured:
    loads, blurs = (column[selected.rows] for column in selected.frame.beside)
    return Measured(
        answers=len(selected.answers),
        load_ms=spread(loads),
        blurred=int((blurs > 0).sum()),
        watched=int((~np.isnan(blurs)).sum()),
    )
