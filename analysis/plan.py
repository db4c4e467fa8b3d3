"""A study's analysis plan as the results read it, and where what happened departs from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from analysis.frames import Selection
from analysis.stats.careless import Rules
from survey.models import AnalysisPlan, Participant, Peek, Study, Trial
from survey.services.plan import is_intact


@dataclass(frozen=True, slots=True)
class Amended:
    """What was decided otherwise after the plan was frozen."""

    what: str
    why: str
    made_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; a draft one has neither `frozen_at` nor `sha256` nor `version`.

    `people` is the number at which the study is analysed, before `selection.rules` leave any
    out. `words` are the readings of the named words, `baseline` the condition that the others
    are compared with. `was_live` says that its study went live; `is_intact`, that the stored
    plan is what was hashed.
    """

    outcome: AnalysisPlan.Outcome
    words: tuple[str, ...]
    baseline: str
    alpha: float
    correction: AnalysisPlan.Correction
    people: int
    selection: Selection
    hypotheses: str
    frozen_at: datetime | None
    version: int | None
    sha256: str
    canonical: str
    was_live: bool
    is_intact: bool
    amendments: tuple[Amended, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened: whose answers there are now, and what was done meanwhile.

    `people` counts as Plan.people does; `version` is the study's now.
    """

    people: int
    version: int
    origins: frozenset[str]
    is_over: bool
    peeks: tuple[Peek, ...]


class Kind(StrEnum):
    """In what something departs from the plan."""

    NOT_FROZEN = "not frozen"
    ALTERED = "altered"
    INTERIM = "interim"
    PEOPLE = "people"
    PEEKED = "peeked"
    REOPENED = "reopened"
    VERSION = "version"
    ORIGINS = "origins"
    FILTER = "filter"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One departure, in the reader's language."""

    kind: Kind
    text: str


def plan_of(study: Study) -> Plan | None:
    """The study's plan, frozen or a draft; None where there is none. Two queries, or one."""
    row = AnalysisPlan.objects.filter(study=study).first()
    if row is None:
        return None
    return Plan(
        outcome=AnalysisPlan.Outcome(row.outcome),
        words=tuple(row.words),
        baseline=row.baseline,
        alpha=row.alpha,
        correction=AnalysisPlan.Correction(row.correction),
        people=row.people,
        selection=_selection(row, study),
        hypotheses=row.hypotheses,
        frozen_at=row.frozen_at,
        version=row.version,
        sha256=row.sha256,
        canonical=row.canonical,
        was_live=study.live_at is not None,
        is_intact=not row.frozen_at or is_intact(row),
        amendments=tuple(
            Amended(each.what, each.why, each.made_at, each.by_name)
            for each in row.amendments.all()
        ),
    )


def rules_of(row: AnalysisPlan) -> Rules:
    """The plan's careless rules; one that is not used gets a threshold that nobody meets."""
    return Rules(
        fast_ms=0.0 if row.fast_ms is None else float(row.fast_ms),
        fast_share=float("inf") if row.fast_share is None else row.fast_share,
        failed_catches=sys.maxsize if row.failed_catches is None else row.failed_catches,
        run_alpha=row.run_alpha or 0.0,
        position_alpha=row.position_alpha or 0.0,
        agreement_z=float("-inf") if row.agreement_z is None else row.agreement_z,
    )


def facts_of(study: Study, plan: Plan, *, peeks: Sequence[Peek]) -> Facts:
    """What deviations are judged by; one query, over people and not over answers."""
    people = study.participants.filter(origin__in=plan.selection.origins)
    if plan.selection.keeps_incomplete:
        answered = Trial.objects.answered().filter(participant=OuterRef("pk"))
        people = people.filter(Exists(answered))
    else:
        people = people.complete()
    return Facts(
        people=people.count(),
        version=study.version,
        origins=frozenset(study.counted_origins),
        is_over=study.is_over(timezone.now()),
        peeks=tuple(peeks),
    )


def deviations(plan: Plan, *, facts: Facts, selection: Selection | None = None) -> list[Deviation]:
    """Each departure from the plan: of the study, and of what a page's filters select."""
    found = [*_of_the_plan(plan), *_of_the_study(plan, facts), *_of_looks(facts)]
    if selection is not None:
        found += filter_deviations(plan, selection)
    return found


def filter_deviations(plan: Plan, selection: Selection) -> list[Deviation]:
    """Where a page counts other people or other answers than was planned."""
    return [Deviation(Kind.FILTER, text) for text in _other_filters(plan.selection, selection)]


def _selection(row: AnalysisPlan, study: Study) -> Selection:
    return Selection(
        origins=frozenset(row.origins if row.frozen_at else study.counted_origins),
        rules=rules_of(row),
        keeps_incomplete=row.keeps_incomplete,
        least_familiarity=row.least_familiarity,
    )


def _of_the_plan(plan: Plan) -> Iterator[Deviation]:
    if plan.was_live and not plan.frozen_at:
        yield Deviation(Kind.NOT_FROZEN, _("The plan was not frozen when the study went live."))
    if not plan.is_intact:
        text = _("The stored plan is not the one that was frozen: its hash does not fit.")
        yield Deviation(Kind.ALTERED, text)
    for each in plan.amendments:
        text = _("Amended on %(day)s by %(by)s: %(what)s Reason: %(why)s") % {
            "day": _day(each.made_at),
            "by": each.by,
            "what": each.what,
            "why": each.why,
        }
        yield Deviation(Kind.AMENDED, text)


def _of_the_study(plan: Plan, facts: Facts) -> Iterator[Deviation]:
    counts = {"people": facts.people, "planned": plan.people}
    if facts.people < plan.people and not facts.is_over:
        text = _("%(people)s of %(planned)s planned people so far: these figures are interim.")
        yield Deviation(Kind.INTERIM, text % counts)
    elif facts.people != plan.people:
        text = _("Planned were %(planned)s people, there are %(people)s.")
        yield Deviation(Kind.PEOPLE, text % counts)
    if plan.version is not None and facts.version != plan.version:
        text = _(
            "The questionnaire was changed after the study went live: version %(planned)s was "
            "planned, version %(now)s is in force."
        )
        yield Deviation(Kind.VERSION, text % {"planned": plan.version, "now": facts.version})
    if facts.origins != plan.selection.origins:
        text = _("Planned was to count people of the origins %(planned)s; counted are %(now)s.")
        names = {"planned": _names(plan.selection.origins), "now": _names(facts.origins)}
        yield Deviation(Kind.ORIGINS, text % names)


def _of_looks(facts: Facts) -> Iterator[Deviation]:
    """A look at nothing is none."""
    seen = [each for each in facts.peeks if each.answers_then]
    looks = [each for each in seen if each.why == Peek.Why.CONFIRMED]
    if looks:
        text = ngettext(
            "p values were looked at %(n)s time before the study was over, first at %(answers)s "
            "answers on %(day)s.",
            "p values were looked at %(n)s times before the study was over, first at %(answers)s "
            "answers on %(day)s.",
            len(looks),
        )
        first = {"answers": looks[0].answers_then, "day": _day(looks[0].at)}
        yield Deviation(Kind.PEEKED, text % {"n": len(looks), **first})
    for each in seen:
        if each.why == Peek.Why.REOPENED:
            text = _("The study was over with %(n)s answers, and took more from %(day)s on.")
            facts_then = {"n": each.answers_then, "day": _day(each.at)}
            yield Deviation(Kind.REOPENED, text % facts_then)


def _other_filters(planned: Selection, shown: Selection) -> Iterator[str]:
    if shown.origins != planned.origins:
        yield _("Counted are people of the origins %(now)s.") % {"now": _names(shown.origins)}
    if shown.rules != planned.rules:
        yield (
            _("Nobody is left out as careless.")
            if shown.rules is None
            else _("Careless people are left out by other rules than planned.")
        )
    if shown.keeps_incomplete != planned.keeps_incomplete:
        yield (
            _("People who did not finish are counted.")
            if shown.keeps_incomplete
            else _("People who did not finish are left out.")
        )
    if shown.least_familiarity != planned.least_familiarity:
        yield _("Answers are chosen by familiarity otherwise than planned.")
    if shown.language:
        yield _("Only people who answered in one language are counted.")
    if shown.condition:
        yield _("Only one condition is counted.")


def _names(origins: frozenset[str]) -> str:
    labels = dict(Participant.Origin.choices)
    named = sorted(str(labels.get(each, each)) for each in origins)
    return pgettext("list", ", ").join(named) or "–"


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d")
