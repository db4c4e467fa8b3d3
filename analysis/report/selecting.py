"""Filters of a command -> the answers that count, as the pages read them from their address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.frames import Selection
from analysis.plan import Plan
from analysis.stats.careless import Rules
from survey.models import Familiarity, Study

# The filters of few values, by their name in an address.
FILTERS: dict[str, list[str]] = {
    "least": ["0", *map(str, Familiarity.Level.values[1:])],
    "flags": ["in", "out"],
    "incomplete": ["in", "out"],
}


def selection_from(
    study: Study, plan: Plan | None, conditions: Sequence[str], options: Mapping[str, Any]
) -> Selection:
    """What the options choose; where they say nothing, the frozen plan, else the study.

    Raises ValueError for a condition that the study does not have.
    """
    usual = Selection(origins=frozenset(study.counted_origins))
    if plan is not None and plan.frozen_at:
        usual = plan.selection
    condition, least = options["condition"], options["least"]
    if condition and condition not in conditions:
        raise ValueError(f"expected a condition among {', '.join(conditions)}, got {condition}")
    return replace(
        usual,
        origins=frozenset(options["origin"]) or usual.origins,
        rules={"in": None, "out": Rules()}.get(options["flags"], usual.rules),
        keeps_incomplete={"in": True, "out": False}.get(
            options["incomplete"], usual.keeps_incomplete
        ),
        least_familiarity=(int(least) or None) if least else usual.least_familiarity,
        language=options["answered_in"],
        condition=condition if len(conditions) > 1 else "",
    )
