"""The methods and the main results as one pastes them into a paper, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analysis.report import findings, methods, planned, text
from analysis.report.build import Report


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, and the heading that it begins with."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The paragraphs in one language."""

    language: str
    title: str
    parts: tuple[Part, ...]


def paper(report: Report, language: str) -> Paper:
    with translation.override(language):
        parts = tuple(
            Part(text.heading(name), paragraph) for name, paragraph in _parts(report) if paragraph
        )
        return Paper(language, _("Methods and results in English"), parts)


def _parts(report: Report) -> Iterator[tuple[str, str]]:
    facts, results, selection = report.facts, report.results, report.asked.selection
    yield pgettext("of an experiment", "Design"), methods.design(facts, results)
    yield _("Participants"), methods.participants(facts, results, selection)
    yield _("Stimuli"), methods.stimuli(facts)
    shows_p = report.shows_p
    yield _("Analysis"), findings.analysis(results, shows_p=shows_p, seed=facts.seed)
    yield _("Results"), text.joined(_results(report))


def _results(report: Report) -> Iterator[str]:
    """The planned outcome first."""
    results, shows_p, plan = report.results, report.shows_p, report.asked.plan
    if plan is not None and plan.frozen_at:
        yield from planned.outcome(plan, results, report.labels, shows_p=shows_p)
    accuracies = results.accuracies
    yield findings.headline(accuracies.overall, is_mixed=accuracies.is_mixed, shows_p=shows_p)
    yield findings.words(results, report.labels, shows_p=shows_p, alpha=report.alpha)
    if accuracies.overall.answers:
        yield findings.structure(results, shows_p=shows_p)
