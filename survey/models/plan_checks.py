"""What is wrong in a plan that a researcher typed: what was expected, and what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from survey.models.plan import AnalysisPlan
    from survey.models.study import Study

Wrong = tuple[str, str]


@dataclass(frozen=True)
class Asks:
    """What a plan relies on of its study, which may not be composed yet."""

    readings: list[str]
    conditions: list[str]
    catches: int
    familiarity: bool


_LEVEL = gettext_lazy("Expected a number greater than 0 and less than 0.5, got %(got)s.")
_SHARE = gettext_lazy("Expected a share greater than 0 and at most 1, got %(got)s.")
_BELOW_0 = gettext_lazy("Expected a number less than 0, got %(got)s.")
_AT_LEAST = gettext_lazy("Expected %(least)s or more, got %(got)s.")

# The values of a field that are good, and what is said of others; an empty one is good.
_RANGES: dict[str, tuple[Callable[[Any], bool], Any, int]] = {
    "alpha": (lambda v: 0 < v < 0.5, _LEVEL, 0),
    "people": (lambda v: v >= 2, _AT_LEAST, 2),
    "fast_ms": (lambda v: v >= 1, _AT_LEAST, 1),
    "fast_share": (lambda v: 0 < v <= 1, _SHARE, 0),
    "failed_catches": (lambda v: v >= 1, _AT_LEAST, 1),
    "run_alpha": (lambda v: 0 < v < 0.5, _LEVEL, 0),
    "position_alpha": (lambda v: 0 < v < 0.5, _LEVEL, 0),
    "agreement_z": (lambda v: v < 0, _BELOW_0, 0),
}


def wrong_in(plan: AnalysisPlan, asks: Asks) -> dict[str, str]:
    """A message for each field that is wrong, in itself or for the plan's study."""
    wrong = dict(_out_of_range(plan))
    for name, text in (*_inconsistent(plan), *_not_of_the_study(plan, asks)):
        wrong.setdefault(name, text)
    return wrong


def _out_of_range(plan: AnalysisPlan) -> Iterator[Wrong]:
    for name, (is_good, text, least) in _RANGES.items():
        value = getattr(plan, name)
        if value is not None and not is_good(value):
            yield name, text % {"got": value, "least": least}


def _inconsistent(plan: AnalysisPlan) -> Iterator[Wrong]:
    if (plan.fast_ms is None) != (plan.fast_share is None):
        missing = "fast_ms" if plan.fast_ms is None else "fast_share"
        yield missing, _("Expected both the time and the share of answers, or neither, got one.")
    if plan.outcome == "words" and plan.correction == "none":
        yield "correction", _("Expected a correction, for every word is tested, got none.")
    if plan.outcome == "named" and not plan.words:
        yield "words", _("Expected one word or more for this outcome, got none.")
    if plan.outcome != "named" and plan.words:
        yield "words", _("Expected no named words for this outcome, got some.")
    if plan.outcome != "conditions" and plan.baseline:
        text = _("Expected nothing to compare with for this outcome, got %(got)s.")
        yield "baseline", text % {"got": plan.baseline}


def _not_of_the_study(plan: AnalysisPlan, asks: Asks) -> Iterator[Wrong]:
    if plan.words:
        yield from _words(plan, asks.readings)
    if plan.outcome == "conditions":
        yield from _conditions(plan, asks.conditions)
    if plan.failed_catches is not None and plan.failed_catches > asks.catches:
        text = _(
            "Expected at most %(most)s, the catch questions that a person answers, got %(got)s."
        )
        yield "failed_catches", text % {"most": asks.catches, "got": plan.failed_catches}
    if plan.least_familiarity is not None and not asks.familiarity:
        text = _("Expected a study that asks how well the words are known, got one that does not.")
        yield "least_familiarity", text


def _words(plan: AnalysisPlan, known: list[str]) -> Iterator[Wrong]:
    named = plan.words
    if not isinstance(named, list) or not all(isinstance(word, str) for word in named):
        yield "words", _("Expected a list of readings, got %(got)s.") % {"got": named}
    elif unknown := [word for word in named if word not in known]:
        text = _("Expected words of the study (%(known)s), got %(got)s.")
        yield "words", text % {"known": ", ".join(known), "got": ", ".join(unknown)}
    elif len(set(named)) < len(named):
        yield "words", _("Expected each word once, got %(got)s.") % {"got": ", ".join(named)}


def _conditions(plan: AnalysisPlan, known: list[str]) -> Iterator[Wrong]:
    if len(known) < 2:
        text = _("Expected a study of two conditions or more for this outcome, got %(got)s.")
        yield "outcome", text % {"got": len(known)}
    elif plan.baseline not in known:
        text = _("Expected one of the conditions %(known)s, got %(got)s.")
        yield "baseline", text % {"known": ", ".join(known), "got": plan.baseline or "–"}


def asks_of(study: Study) -> Asks:
    return Asks(
        readings=_readings(study),
        conditions=_conditions_asked(study),
        catches=_catches(study),
        familiarity=study.asks_familiarity,
    )


def _readings(study: Study) -> list[str]:
    """The readings of the words that the study asks about, in alphabetical order."""
    asked = study.questions.in_force().about_words().order_by("word__reading")
    return list(asked.values_list("word__reading", flat=True).distinct())


def _conditions_asked(study: Study) -> list[str]:
    """The names of the study's conditions, in the order of its questions."""
    asked = study.questions.in_force().about_words().exclude(recipe=None).order_by("index")
    return list(dict.fromkeys(asked.values_list("recipe__name", flat=True)))


def _catches(study: Study) -> int:
    """Everybody answers one catch question per content."""
    return study.questions.in_force().catches().values("content").distinct().order_by().count()
