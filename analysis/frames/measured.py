"""How long images took to load, and how often people looked elsewhere, answer by answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from analysis.frames.selected import Selected
from analysis.frames.selection import Selection
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable
from analysis.stats.spread import Spread, spread
from survey.models import Question, Study


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
    flagged: tuple[int, ...] = ()
    if selected.selection.rules is not None:
        who = np.flatnonzero(selected.careless.flagged)
        flagged = tuple(selected.frame.people.pk[who].tolist())
    return selected.once(_read, selected.frame.study, selected.selection, flagged)


def _read(
    _answers: Answers, study: Study, selection: Selection, flagged: tuple[int, ...]
) -> Measured:
    """The database counts equal values, which are few, so that no answer is sent."""
    rows = list(
        selection.trials(study, flagged)
        .filter(question__kind=Question.Kind.WORD)
        .order_by()
        .values_list("load_ms", "blurs")
        .annotate(Count("pk"))
    )
    loads = np.array([np.nan if load is None else load for load, _, _ in rows], dtype=np.float64)
    n = np.array([count for _, _, count in rows], dtype=np.int64)
    return Measured(
        answers=int(n.sum()),
        load_ms=spread(np.repeat(loads, n)),
        blurred=sum(count for _, blurs, count in rows if blurs),
        watched=sum(count for _, blurs, count in rows if blurs is not None),
    )
