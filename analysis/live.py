"""How many answers a page counts, as of when, and whether it should look for more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis.frames import Frame, Selected
from survey.models import Study

# How often a page asks, in seconds: while people answer, and before, when only pilots do.
_LIVE_S, _DRAFT_S = 4, 30


@dataclass(frozen=True, slots=True)
class Live:
    """Of a page: `stamp` is another one whenever a figure can be; `every` as in `every`."""

    stamp: str
    every: int | None
    text: str


def live(frame: Frame, selected: Selected, study: Study) -> Live:
    answers = len(selected)
    told = ngettext("%(n)s answer", "%(n)s answers", answers) % {"n": f"{answers:,}"}
    now = timezone.localtime()
    text = _("%(answers)s, as of %(time)s")
    time = date_format(now, "Y-m-d H:i")
    return Live(stamp_of(frame, study), every(study), text % {"answers": told, "time": time})


def every(study: Study) -> int | None:
    """After how many seconds a page looks again; None where no more answers can come."""
    now = timezone.now()
    if study.is_over(now):
        return None
    return _LIVE_S if study.accepts(now) else _DRAFT_S


def stamp_of(frame: Frame, study: Study) -> str:
    """Of the answers, and of what the study says: which of them count, and whether it is over."""
    over = study.is_over(timezone.now())
    facts = (frame.stamp, study.version, study.status, over, sorted(study.counted_origins))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
