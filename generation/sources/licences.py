"""What licences allow, as far as their names tell."""

from __future__ import annotations

import re
from typing import Literal

Demand = Literal["any", "known", "derivatives"]
DEMANDS: tuple[Demand, ...] = ("any", "known", "derivatives")  # each stricter than the one before
Standing = Literal["unknown", "unsure", "free"]

# The terms on which an image may be changed, as the sources here spell them; also a pattern of
# the databases' regular expressions.
DERIVATIVES = r"^(CC0|CC BY(-NC)?(-SA)?|public domain)(?![\w-])"
_DERIVATIVES = re.compile(DERIVATIVES, re.IGNORECASE)


def allows_changes(licence: str) -> bool:
    """Whether it is recognised as allowing changed images; an unknown one, "", is not."""
    return _DERIVATIVES.match(licence) is not None


def standing(licence: str) -> Standing:
    """How free an image is: unknown, known but not recognised as allowing changes, or free."""
    if not licence:
        return "unknown"
    return "free" if allows_changes(licence) else "unsure"


def satisfying(demand: Demand) -> tuple[Demand, ...]:
    """The demands that admit nothing that this one refuses: itself, and the stricter ones."""
    return DEMANDS[DEMANDS.index(demand) :]


def admits(demand: Demand, licence: str) -> bool:
    """Whether an image of this licence is wanted: of any, of a known, or of one for changing."""
    if demand == "derivatives":
        return allows_changes(licence)
    return demand == "any" or bool(licence)
