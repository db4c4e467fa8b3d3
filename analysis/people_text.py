"""The rules about people in words: their names, icons and thresholds."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from analysis import formats
from analysis.people import Flag, PersonRow, State
from analysis.person import Compared, Strip
from analysis.stats.careless import Rules
from analysis.stats.intervals import NotEstimable

FLAGS = {
    Flag.TOO_FAST: gettext_lazy("too fast"),
    Flag.MISSED_CATCHES: gettext_lazy("failed catches"),
    Flag.LONG_RUN: gettext_lazy("long run"),
    Flag.POSITION_BIAS: gettext_lazy("position bias"),
    Flag.DISAGREES: gettext_lazy("disagrees"),
}
# Beside the words, so that a flag is found at a glance; none is told by its colour.
ICONS = {
    Flag.TOO_FAST: "»",
    Flag.MISSED_CATCHES: "✕",
    Flag.LONG_RUN: "≡",
    Flag.POSITION_BIAS: "▣",
    Flag.DISAGREES: "≠",
}
STATES = {
    State.COMPLETE: pgettext_lazy("state of a person", "complete"),
    State.ON_THE_WAY: pgettext_lazy("state of a person", "on the way"),
    State.LEFT: pgettext_lazy("state of a person", "left"),
}
COMPARED = {
    "accuracy": gettext_lazy("Accuracy"),
    "time": gettext_lazy("Median response time"),
    "fast": gettext_lazy("Too fast answers"),
    "catches": gettext_lazy("Failed catches"),
    "run": gettext_lazy("Longest run of a position"),
    "agreement": gettext_lazy("Agreement with others"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A flag as it is shown."""

    flag: Flag
    name: object
    icon: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with its threshold, and how many people it flags."""

    mark: Mark
    threshold: str
    people: int


def mark(flag: Flag) -> Mark:
    return Mark(flag, FLAGS[flag], ICONS[flag])


def threshold(flag: Flag, rules: Rules) -> str:
    """From where on the rule flags a person, in a sentence."""
    if not _is_used(flag, rules):
        return _("not used")
    texts = {
        Flag.TOO_FAST: _("%(share)s %% or more of the answers took less than %(ms)s ms"),
        Flag.MISSED_CATCHES: _("%(catches)s or more catch questions were answered wrong"),
        Flag.LONG_RUN: _(
            "so long a run of one position has p < %(run)s by chance (Holm over people)"
        ),
        Flag.POSITION_BIAS: _(
            "the positions are used unequally, with p < %(position)s (Holm over people)"
        ),
        Flag.DISAGREES: _(
            "the agreement with the others’ most frequent choices has a robust z of %(z)s or less"
        ),
    }
    return texts[flag] % {
        "share": f"{rules.fast_share * 100:g}",
        "ms": f"{rules.fast_ms:g}",
        "catches": rules.failed_catches,
        "run": f"{rules.run_alpha:g}",
        "position": f"{rules.position_alpha:g}",
        "z": f"{rules.agreement_z:g}".replace("-", "−"),
    }


def _is_used(flag: Flag, rules: Rules) -> bool:
    """A rule of a plan that is not used has a threshold that nobody meets."""
    return {
        Flag.TOO_FAST: math.isfinite(rules.fast_share) and rules.fast_ms > 0,
        Flag.MISSED_CATCHES: rules.failed_catches < sys.maxsize,
        Flag.LONG_RUN: rules.run_alpha > 0,
        Flag.POSITION_BIAS: rules.position_alpha > 0,
        Flag.DISAGREES: math.isfinite(rules.agreement_z),
    }[flag]


@dataclass(frozen=True, slots=True)
class Column:
    """A column by which the list can be sorted: `link` is the order that its heading leads to.

    `direction` is what it is sorted by now, "" where it is sorted by another one.
    """

    key: str
    name: object
    title: object
    link: str
    direction: str


_COLUMNS = {
    "answers": (gettext_lazy("Answers"), gettext_lazy("to questions about words")),
    "accuracy": (
        gettext_lazy("Accuracy"),
        gettext_lazy("share of correct answers about words, with a 95% Wilson interval"),
    ),
    "time": (gettext_lazy("Time"), gettext_lazy("median response time")),
    "fast": (gettext_lazy("Too fast"), gettext_lazy("share of the answers that are too fast")),
    "catches": (
        gettext_lazy("Catches"),
        gettext_lazy("catch questions that were answered wrong"),
    ),
    "run": (gettext_lazy("Run"), gettext_lazy("most answers in a row with one position")),
    "position": (
        gettext_lazy("Position"),
        gettext_lazy("p of an equal use of the positions, adjusted over people by Holm’s method"),
    ),
    "agreement": (
        gettext_lazy("Agreement"),
        gettext_lazy("share of answers that are a most frequent choice of the others"),
    ),
}
# What a reader looks for first is at the low end.
_LOW_FIRST = {"person", "accuracy", "time", "position", "agreement"}


def columns(sort: str) -> dict[str, Column]:
    """The headings of a list that is sorted so."""
    headings = {
        "person": (gettext_lazy("Person"), gettext_lazy("in the order of their coming")),
        "flags": (gettext_lazy("Flags"), gettext_lazy("how many rules flag the person")),
        **_COLUMNS,
    }
    return {key: _column(key, *texts, sort) for key, texts in headings.items()}


def _column(key: str, name: object, title: object, sort: str) -> Column:
    first, other = (key, f"-{key}") if key in _LOW_FIRST else (f"-{key}", key)
    direction = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    return Column(key, name, title, other if sort == first else first, direction)


@dataclass(frozen=True, slots=True)
class Shown:
    """A person of the list with their flags, and how they are called in the reader's language."""

    row: PersonRow
    marks: tuple[Mark, ...]
    state: object
    origin: object


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure of a person beside everybody's, as text; `missing` says why there is none."""

    title: object
    own: str
    missing: str
    strip: Strip | None
    median: str
    middle: str
    below: str
    n: int


def shown(row: PersonRow, origins: Mapping[str, object]) -> Shown:
    marks = tuple(mark(flag) for flag in row.flags)
    return Shown(row, marks, STATES[row.state], origins[row.origin])


def figure_line(found: Compared, n: int) -> FigureLine:
    """`n` are the answers that the person's own figure is of."""
    among = found.everybody
    own = _written(found.name, found.own, n) if isinstance(found.own, float) else ""
    if isinstance(among, NotEstimable):
        return FigureLine(COMPARED[found.name], own, _why(found.own), None, "–", "–", "–", 0)
    median, q1, q3 = (
        _written(found.name, each, 100) for each in (among.median, among.q1, among.q3)
    )
    below = "–" if found.below is None else formats.percent(found.below, 100)
    title, why = COMPARED[found.name], _why(found.own)
    return FigureLine(title, own, why, found.strip, median, f"{q1}–{q3}", below, among.n)


def _why(own: float | NotEstimable) -> str:
    return formats.why_not(own) if isinstance(own, NotEstimable) else ""


def _written(name: str, value: float, n: int) -> str:
    if name == "time":
        return formats.seconds(value)
    return f"{value:g}" if name in ("catches", "run") else formats.percent(value, n)
