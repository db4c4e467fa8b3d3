"""Which answers the address of a page asks for."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from analysis.filters import NAMES
from analysis.frames import Selection
from analysis.plan import Plan
from analysis.stats.careless import Rules
from survey.models import Familiarity, Participant, Study


def selection_of(
    request: HttpRequest, study: Study, plan: Plan | None, conditions: list[str]
) -> Selection:
    """What the filters choose; where they say nothing, the frozen plan, else the study.

    Raises Http404 for a value that no filter offers.
    """
    asked = request.GET
    usual = Selection(origins=frozenset(study.counted_origins))
    if plan is not None and plan.frozen_at:
        usual = plan.selection
    condition = _known("condition", asked.get("condition", ""), conditions)
    known = Participant.Origin.values
    origins = [_known("origin", each, known) for each in asked.getlist("origin")]
    least = _known("least", asked.get("least", ""), ["0", *map(str, Familiarity.Level.values)])
    flags = _known("flags", asked.get("flags", ""), ["in", "out"])
    incomplete = _known("incomplete", asked.get("incomplete", ""), ["in", "out"])
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


def kept_of(request: HttpRequest) -> str:
    """What links to other pages carry, so that they are about the same answers."""
    pairs = [(name, value) for name in NAMES for value in request.GET.getlist(name) if value]
    return f"?{urlencode(pairs)}" if pairs else ""


def _known(name: str, value: str, values: list[str]) -> str:
    if value and value not in values:
        raise Http404(f"{name}: expected one of {', '.join(values)}, got {value}")
    return value
