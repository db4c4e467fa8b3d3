"""The sections about the study itself: people, what is left out, recipes, versions, the plan."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from analysis import formats
from analysis.report import planned, text
from analysis.report.build import Report
from analysis.report.layout import Section, Table
from analysis.standing import Shows
from analysis.stats.intervals import NotEstimable
from generation.models import Recipe


def about(report: Report) -> list[tuple[str, str]]:
    """The lines at the head of the report."""
    facts, overall = report.facts, report.results.accuracies.overall
    study = facts.study
    return [
        (_("Study"), f"{study.name} ({study.slug}, {study.get_status_display()})"),
        (_("Made"), facts.made_at.astimezone().strftime("%Y-%m-%d %H:%M %Z")),
        (
            _("Counted"),
            _("%(people)s, %(answers)s about words")
            % {"people": text.people(overall.people), "answers": text.answers(overall.answers)},
        ),
        (
            _("Version of the study"),
            _("%(version)s, questions composed in version %(composition)s")
            % {"version": study.version, "composition": study.composition},
        ),
        (_("SHA-256 of texts, questions and images"), facts.sha256 or _("not frozen yet")),
        (_("Version of the consent"), study.consent_version),
        (
            _("Seeds"),
            _("study %(study)s, statistics %(statistics)s")
            % {"study": study.seed, "statistics": facts.seed},
        ),
        (_("Software"), text.listed(f"{name} {version}" for name, version in facts.software)),
    ]


def plan(report: Report) -> Section:
    return Section(
        name="plan",
        title=_("The analysis plan"),
        paragraphs=tuple(_plan(report)),
        points=tuple(each.text for each in report.card.deviations),
        tables=tuple(_plan_table(report)),
        method=_why_exploratory(report),
    )


def _plan(report: Report) -> Iterator[str]:
    card = report.card
    if card.plan is None:
        yield (
            _("This study went live without an analysis plan, so all its results are exploratory.")
            if card.was_live
            else _("There is no plan yet. Without one all results are exploratory.")
        )
        return
    if card.plan.frozen_at:
        yield _(
            "Frozen on %(moment)s, when the study went live, with version %(version)s of the "
            "questionnaire; SHA-256 %(hash)s."
        ) % {
            "moment": text.day(card.plan.frozen_at),
            "version": card.plan.version,
            "hash": card.plan.sha256,
        }
    else:
        yield _("The plan is a draft; going live freezes it.")
    yield from (note.text for note in card.notes)
    if card.deviations:
        yield ngettext(
            "%(n)s deviation from the plan:", "%(n)s deviations from the plan:",
            len(card.deviations),
        ) % {"n": len(card.deviations)}  # fmt: skip
    elif card.was_live:
        yield _("Nothing departs from the plan.")


def _plan_table(report: Report) -> Iterator[Table]:
    if report.card.lines:
        head = (_("Decision"), _("What was planned"))
        yield Table(_("The plan"), head, report.card.lines, names=2)


def _why_exploratory(report: Report) -> str:
    reasons = report.standing(Shows.OTHER).reasons
    if not reasons:
        return ""
    return _("Sections marked “exploratory” are not the planned analysis: %(reasons)s") % {
        "reasons": text.joined(reasons)
    }


def outcome(report: Report) -> Section | None:
    """The planned test; None where no plan was frozen."""
    own = report.asked.plan
    if own is None or own.frozen_at is None:
        return None
    found = planned.outcome(own, report.results, report.labels, shows_p=report.shows_p)
    shows = Shows(own.outcome.value)
    word = own.words[0] if own.words else ""
    return Section(
        name="outcome",
        title=_("The planned outcome"),
        standing=report.standing(shows, word),
        paragraphs=(dict(report.card.lines)[_("Primary outcome")],),
        points=tuple(found),
    )


def people(report: Report) -> Section:
    return Section(
        name="people",
        title=_("Who took part?"),
        paragraphs=tuple(_people(report)),
        tables=(_origins(report), *_left_out(report)),
        method=_(
            "Left out are people and answers of the counted origins, each for the first reason "
            "that holds. Nobody is left out for a low accuracy."
        ),
    )


def _origins(report: Report) -> Table:
    head = (
        pgettext("of people", "Origin"), _("Counted"), _("Started"), _("Complete"),
        _("Not finished"), _("Left"), _("Withdrawn"),
    )  # fmt: skip
    rows = tuple(
        (
            origin.label, _counted(origin.counted), str(origin.started),
            str(origin.finished), str(origin.unfinished), str(origin.left), str(origin.withdrawn),
        )
        for origin in report.facts.origins
    )  # fmt: skip
    return Table(_("People by origin and state"), head, rows, names=2)


def _counted(is_counted: bool) -> str:
    return pgettext("counted", "yes") if is_counted else pgettext("counted", "no")


def _left_out(report: Report) -> Iterator[Table]:
    if report.left_out:
        rows = tuple(
            (str(each.reason), str(each.people), str(each.answers)) for each in report.left_out
        )
        yield Table(_("What is left out"), (_("Reason"), _("People"), _("Answers")), rows)


def _people(report: Report) -> Iterator[str]:
    found = report.catches
    if isinstance(found, NotEstimable):
        yield _("The accuracy of the catch questions is %(why)s.") % {"why": formats.why_not(found)}
    elif found is not None:
        yield _("Of %(n)s answers to catch questions %(correct)s were correct (%(share)s).") % {
            "n": found.n,
            "correct": found.correct,
            "share": formats.reported(found.accuracy),
        }
    if not report.left_out:
        yield _("The filters leave out nobody and nothing.")


def recipes(report: Report) -> Section:
    return Section(
        name="recipes",
        title=_("Recipes of the images"),
        tables=tuple(_recipe(recipe) for recipe in report.facts.recipes),
    )


def _recipe(recipe: Recipe) -> Table:
    values = recipe.parameters if recipe.imported else recipe.value.to_json()
    rows = [("SHA-256", recipe.sha256), *((name, _shown(values[name])) for name in values)]
    head = (_("Parameter"), _("Value"))
    return Table(_("Recipe “%(name)s”") % {"name": recipe.name}, head, tuple(rows), names=2)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
