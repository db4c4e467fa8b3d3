"""A report as one HTML page that asks for nothing else: no script, no file, no address."""

from __future__ import annotations

from collections.abc import Iterator

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from analysis.report import (
    citations,
    details,
    limitations,
    models,
    pictures,
    record,
    sections,
)
from analysis.report.build import Report
from analysis.report.layout import Section
from analysis.report.paper import paper
from survey.models import Participant

_LANGUAGES = ("ja", "en")


def render(report: Report) -> str:
    """In the active language; the text of the methods also in the other one."""
    language = (translation.get_language() or "en").split("-")[0]
    others = [code for code in _LANGUAGES if code != language]
    context = {
        "study": report.facts.study,
        "language": language,
        "about": record.about(report),
        "is_simulated": _is_simulated(report),
        "hides_p": not report.shows_p,
        "peeked_until": report.asked.p.until,
        "texts": [paper(report, code) for code in (language, *others)],
        "planned": [
            record.plan(report),
            *_present(record.outcome(report)),
            record.people(report),
        ],
        "results": list(_results(report)),
        "record": [record.recipes(report)],
        "references": citations.references(_cited(report)),
    }
    return render_to_string("analysis/report/report.html", context)


def _results(report: Report) -> Iterator[Section]:
    yield sections.overall(report)
    if report.results.accuracies.overall.answers:
        yield sections.words(report)
        yield sections.contents(report)
        yield from _present(sections.conditions(report))
        yield pictures.votes(report)
        yield details.confusions(report)
        yield details.agreement(report)
        yield details.careless(report)
        yield details.times(report)
        yield details.positions(report)
        yield models.mixed(report)
    yield Section(
        name="limitations",
        title=_("What these figures do not say"),
        points=tuple(limitations.limitations(report.results)),
    )


def _present(section: Section | None) -> list[Section]:
    return [section] if section else []


def _is_simulated(report: Report) -> bool:
    counted = [origin for origin in report.facts.origins if origin.counted and origin.started]
    return bool(counted) and all(o.name == Participant.Origin.BOT for o in counted)


def _cited(report: Report) -> set[str]:
    found = set(citations.ALWAYS)
    made = [recipe.value for recipe in report.facts.recipes if not recipe.imported]
    if made:
        found |= citations.TRANSFER
    if any(value.colour != "style" for value in made):
        found.add("gatys-control")
    if report.facts.descriptors:
        found.add("matsuo")
    if not report.shows_p:
        found.add("armitage")
    return found
