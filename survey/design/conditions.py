"""Which condition a person is of, in a design between people."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from random import Random
from typing import TypeVar

from survey.design.seeds import Seed
from survey.errors import DesignError

Condition = TypeVar("Condition", bound=Hashable)


def assign_condition(*, counts: Mapping[Condition, int], seed: Seed) -> Condition:
    """The condition that has the fewest people so far; among equals the seed decides.

    One after the other, the numbers of people never differ by more than one.
    """
    if not counts:
        raise DesignError("expected one condition or more to assign, got none")
    fewest = min(counts.values())
    return Random(f"{seed}:condition").choice([c for c, n in counts.items() if n == fewest])
