"""How work is told of: how long yet, what it does, why it failed."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jobs.kinds import STAGES
from jobs.services.workers import living

register = template.Library()

_LONG = 90  # seconds, from which on minutes are told, and minutes, from which on hours are


@register.filter
def lasting(seconds: float) -> str:
    """A time to wait, as 40 s, 3 min or 2.5 h."""
    if seconds < _LONG:
        return _("%(n)d s") % {"n": round(seconds)}
    minutes = seconds / 60
    if minutes < _LONG:
        return _("%(n)d min") % {"n": round(minutes)}
    return _("%(n).1f h") % {"n": minutes / 60}


@register.filter
def stage(name: str) -> str:
    """A stage in words; its name where no kind has words for it."""
    return str(STAGES.get(name, name))


@register.filter
def quoted(text: object) -> SafeString:
    """Technical text, which is English on a page of any language: a screen reader has to know."""
    if not text:
        return SafeString("")
    return format_html('<span lang="en">{}</span>', linebreaksbr(str(text)))


@register.inclusion_tag("jobs/_no_worker.html", name="no_worker")
def no_worker() -> dict[str, bool]:
    """Where no worker is running: that it is so, and how to start one."""
    return {"is_shown": not living()}
