"""Whether what a page shows is the planned analysis, or exploratory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from analysis.plan import Plan, Selection, filter_deviations


class Shows(StrEnum):
    """What a figure is about; the first four are the outcomes that a plan can have."""

    OVERALL = "overall"
    WORDS = "words"
    NAMED = "named"
    CONDITIONS = "conditions"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Standing:
    """Planned where there are no reasons against it."""

    reasons: tuple[str, ...]

    @property
    def is_planned(self) -> bool:
        return not self.reasons

    @property
    def is_exploratory(self) -> bool:
        return bool(self.reasons)


def standing(plan: Plan | None, shows: Shows, selection: Selection, word: str = "") -> Standing:
    """Of a figure about `shows`, counted over `selection`.

    `word` is the reading of the word that a figure about a single word is of.
    """
    return Standing(tuple(_against(plan, shows, selection, word)))


def _against(plan: Plan | None, shows: Shows, selection: Selection, word: str) -> Iterator[str]:
    if plan is None or plan.frozen_at is None:
        yield _("No analysis plan was frozen before the study went live.")
        return
    if not plan.is_intact:
        yield _("The stored plan is not the one that was frozen.")
    if shows.value != plan.outcome:
        yield _("This is not the primary outcome of the plan.")
    elif shows == Shows.NAMED and word not in plan.words:
        yield _("The plan does not name this word.")
    yield from (deviation.text for deviation in filter_deviations(plan, selection))
