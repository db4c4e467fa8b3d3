"""The bar of filters: what a study offers to choose, what is chosen, and what that leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analysis.frames import Frame, LeftOut, Selected, Selection
from survey.models import Familiarity, Participant, Study

# What the address of a page says of the selection; anything else in it is the page's own.
NAMES = ("origin", "language", "least", "flags", "incomplete", "condition")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter; `people` is how many it is about, None where that is not told."""

    value: str
    label: Any
    is_chosen: bool
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter with two choices or more; of `many` any number can be chosen."""

    name: str
    label: Any
    choices: tuple[Choice, ...]
    many: bool = False

    @property
    def chosen(self) -> str:
        """In words, for the line that stands for the closed bar."""
        separator = pgettext("list", ", ")
        return separator.join(str(choice.label) for choice in self.choices if choice.is_chosen)

    @property
    def is_default(self) -> bool:
        return not self.many and self.choices[0].is_chosen


@dataclass(frozen=True, slots=True)
class Bar:
    """The form; `others` are parameters of the page that it hands on."""

    filters: tuple[Filter, ...]
    hidden: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]
    reset: str

    @property
    def chosen(self) -> str:
        """What is chosen where it is not what a study has anyway."""
        return " · ".join(each.chosen for each in self.filters if not each.is_default)

    @property
    def is_changed(self) -> bool:
        return bool(self.kept)


def bar(request: HttpRequest, study: Study, selected: Selected, *, has_plan: bool) -> Bar:
    """Of a page at the request's address that counts the selected answers."""
    asked = request.GET
    found = _filters(study, selected, asked, has_plan=has_plan)
    filters = tuple(each for each in found if len(each.choices) > 1)
    others = [(name, value) for name, value in _pairs(asked) if name not in NAMES]
    named = {each.name for each in filters}
    kept = [pair for pair in _pairs(asked) if pair[0] in NAMES]
    hidden = [*others, *(pair for pair in kept if pair[0] not in named)]
    return Bar(
        filters=filters,
        hidden=tuple(hidden),
        kept=tuple(kept),
        left_out=selected.left_out,
        reset=request.path + (f"?{urlencode(others)}" if others else ""),
    )


def _pairs(asked: QueryDict) -> Iterator[tuple[str, str]]:
    """Every parameter that says something."""
    for name, values in asked.lists():
        yield from ((name, value) for value in values if value)


def _filters(
    study: Study, selected: Selected, asked: Mapping[str, str], *, has_plan: bool
) -> Iterator[Filter]:
    frame, selection = selected.frame, selected.selection
    people = frame.people
    yield _origins(frame, selection)
    yield _one("language", _("Language"), _languages(frame), selection.language)
    if study.asks_familiarity:
        yield _one("least", _("Words"), _familiarity(has_plan), asked.get("least", ""))
    if len(people):
        yield _one("flags", _("Careless people"), _two_ways(has_plan), asked.get("flags", ""))
    if len(people) and not people.finished.all():
        kept = asked.get("incomplete", "")
        yield _one("incomplete", _("Who did not finish"), _two_ways(has_plan), kept)


def _one(name: str, label: str, values: Mapping[str, Any], chosen: str) -> Filter:
    """A filter of which one value is chosen; "" is the one that stands for no filter."""
    choices = (Choice(value, text, value == chosen) for value, text in values.items())
    return Filter(name, label, tuple(choices))


def _origins(frame: Frame, selection: Selection) -> Filter:
    """Those that came; also one that is chosen though nobody of it did."""
    there = dict.fromkeys(frame.people.origins, 0)
    for code, name in enumerate(frame.people.origins):
        there[name] = int((frame.people.origin == code).sum())
    return Filter(
        "origin",
        _("Origin"),
        tuple(
            Choice(origin.value, origin.label, origin in selection.origins, there.get(origin, 0))
            for origin in Participant.Origin
            if origin in there or origin in selection.origins
        ),
        many=True,
    )


def _languages(frame: Frame) -> dict[str, str]:
    names = dict(settings.LANGUAGES)
    own = {code: str(names.get(code, code)) for code in frame.people.languages}
    # One language is nothing to choose from.
    return {"": pgettext("language", "any"), **own} if len(own) > 1 else {}


def _familiarity(has_plan: bool) -> dict[str, str]:
    return {
        **({"": _("as planned"), "0": _("all")} if has_plan else {"": _("all")}),
        str(Familiarity.Level.HEARD.value): _("those that a person has heard"),
        str(Familiarity.Level.KNOWN.value): _("those that a person knows well"),
    }


def _two_ways(has_plan: bool) -> dict[str, str]:
    """What can be done with careless or incomplete people; nobody is left out without a plan."""
    usual = {"": _("as planned"), "in": _("counted")} if has_plan else {"": _("counted")}
    return {**usual, "out": _("left out")}
