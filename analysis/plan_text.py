"""An analysis plan in words, as the pages and the report show it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analysis.plan import Deviation, Kind, Plan, Selection, deviations, facts_of, plan_of
from analysis.stats.careless import Rules
from survey.models import AnalysisPlan, Familiarity, Participant, Peek, Study

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PlanCard:
    """What `analysis/_plan.html` shows; `was_live` says that a plan cannot come any more.

    That people are still missing while answers come in departs from nothing: it is a note.
    """

    plan: Plan | None
    lines: tuple[Line, ...]
    deviations: tuple[Deviation, ...]
    notes: tuple[Deviation, ...]
    was_live: bool


def plan_card(
    study: Study, *, peeks: Sequence[Peek] = (), selection: Selection | None = None
) -> PlanCard:
    """The study's plan with its deviations; `selection` is what the page's filters choose.

    One query without a plan, three with one.
    """
    was_live = study.live_at is not None
    plan = plan_of(study)
    if plan is None:
        return PlanCard(None, (), (), (), was_live)
    # A draft departs from nothing.
    found = (
        deviations(plan, facts=facts_of(study, plan, peeks=peeks), selection=selection)
        if was_live
        else []
    )
    departures = tuple(each for each in found if each.kind != Kind.INTERIM)
    notes = tuple(each for each in found if each.kind == Kind.INTERIM)
    return PlanCard(plan, tuple(lines(plan)), departures, notes, was_live)


def lines(plan: Plan) -> list[Line]:
    """Each decision of the plan: what it is about, and what was decided."""
    origins = sorted(Participant.Origin(each).label for each in plan.selection.origins)
    left_out = "\n".join(exclusions(plan.selection)) or _("Nobody and nothing.")
    shown = [
        (_("Primary outcome"), _outcome(plan)),
        (_("Test"), _test(plan)),
        (
            _("Number of people"),
            _("%(n)s, before careless people are left out") % {"n": plan.people},
        ),
        (_("Counted people"), pgettext("list", ", ").join(map(str, origins))),
        (_("Left out"), left_out),
    ]
    return [*shown, (_("Hypotheses"), plan.hypotheses)] if plan.hypotheses else shown


def exclusions(selection: Selection) -> Iterator[str]:
    """A sentence for each rule that leaves out people or answers."""
    if not selection.keeps_incomplete:
        yield _("People who did not finish.")
    if selection.least_familiarity is not None:
        level = Familiarity.Level(selection.least_familiarity).label
        yield _("Answers to words of which a person says less than “%(level)s”.") % {"level": level}
    if selection.rules is not None:
        yield from _careless(selection.rules)


def _careless(rules: Rules) -> Iterator[str]:
    if rules.fast_ms and math.isfinite(rules.fast_share):
        text = _("People with %(share)s %% or more of their answers below %(ms)s ms.")
        yield text % {"share": f"{rules.fast_share * 100:g}", "ms": f"{rules.fast_ms:g}"}
    if rules.failed_catches < sys.maxsize:
        text = _("People who failed %(n)s or more catch questions.")
        yield text % {"n": rules.failed_catches}
    if rules.run_alpha:
        text = _(
            "People with a run of one position that has p < %(p)s by chance (Holm over people)."
        )
        yield text % {"p": f"{rules.run_alpha:g}"}
    if rules.position_alpha:
        text = _("People who use positions unequally, with p < %(p)s (Holm over people).")
        yield text % {"p": f"{rules.position_alpha:g}"}
    if math.isfinite(rules.agreement_z):
        text = _("People whose agreement with others has a robust z of %(z)s or less.")
        yield text % {"z": f"{rules.agreement_z:g}".replace("-", "−")}


def _outcome(plan: Plan) -> str:
    name = capfirst(str(plan.outcome.label))
    if plan.outcome == AnalysisPlan.Outcome.NAMED:
        return f"{name}: {', '.join(plan.words)}"
    if plan.outcome == AnalysisPlan.Outcome.CONDITIONS:
        return _("%(outcome)s, compared with %(baseline)s") % {
            "outcome": name,
            "baseline": plan.baseline,
        }
    return name


def _test(plan: Plan) -> str:
    alpha = _("alpha %(alpha)s") % {"alpha": f"{plan.alpha:g}"}
    single = plan.outcome == AnalysisPlan.Outcome.OVERALL or len(plan.words) == 1
    return alpha if single else pgettext("list", ", ").join((alpha, str(plan.correction.label)))
