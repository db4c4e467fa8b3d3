"""Filters -> the answers that count: those in the address of a page, and those of a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import QueryDict

from analysis.frames import Selection
from analysis.plan import Plan
from analysis.stats.careless import Rules
from survey.models import Familiarity, Participant, Study

# The filters of few values, by their name in an address.
FILTERS: dict[str, list[str]] = {
    "least": ["0", *map(str, Familiarity.Level.values[1:])],
    "flags": ["in", "out"],
    "incomplete": ["in", "out"],
}


class SelectionError(ValueError):
    """A filter was given a value that it does not offer."""


def selection_of(
    asked: QueryDict, study: Study, plan: Plan | None, conditions: Sequence[str]
) -> Selection:
    """What the filters choose; where they say nothing, the frozen plan, else the study.

    Raises SelectionError for a value that no filter offers; a language may be any.
    """
    usual = Selection(origins=frozenset(study.counted_origins))
    if plan is not None and plan.frozen_at:
        usual = plan.selection
    condition = _known("condition", asked.get("condition", ""), conditions)
    known = Participant.Origin.values
    origins = [_known("origin", each, known) for each in asked.getlist("origin")]
    least, flags, incomplete = (
        _known(name, asked.get(name, ""), values) for name, values in FILTERS.items()
    )
    return replace(
        usual,
        origins=frozenset(filter(None, origins)) or usual.origins,
        rules={"in": None, "out": Rules()}.get(flags, usual.rules),
        keeps_incomplete={"in": True, "out": False}.get(incomplete, usual.keeps_incomplete),
        least_familiarity=(int(least) or None) if least else usual.least_familiarity,
        language=asked.get("language", ""),
        # A study of one condition is all of that condition.
        condition=condition if len(conditions) > 1 else "",
    )


def _known(name: str, value: str, values: Sequence[str]) -> str:
    if value and value not in values:
        raise SelectionError(f"{name}: expected one of {', '.join(values)}, got {value}")
    return value
