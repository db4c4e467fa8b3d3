"""The analysis plan: written while the study is a draft, frozen when it goes live, then amended."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.services import record
from survey.errors import PlanError
from survey.models import Amendment, AnalysisPlan, Study, StudyVersion


@transaction.atomic
def write_plan(*, study: Study, **decisions: Any) -> AnalysisPlan:
    """Write the study's plan, or these fields of it (AnalysisPlan.DECISIONS).

    Raises PlanError where a value is not what a plan can have, or the study was live already.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    plan = AnalysisPlan.objects.filter(study=study).first() or AnalysisPlan(study=study)
    if unknown := sorted(set(decisions) - set(AnalysisPlan.DECISIONS)):
        known = ", ".join(AnalysisPlan.DECISIONS)
        raise PlanError(f"expected {known}; got {', '.join(unknown)}")
    for name, value in decisions.items():
        setattr(plan, name, value)
    _check(plan)
    plan.save()
    return plan


def freeze(*, study: Study, version: StudyVersion) -> AnalysisPlan | None:
    """Freeze the study's plan, if there is one; in the transaction in which it goes live.

    The caller holds the study's row. The hash is of a canonical JSON of the decisions, the
    origins that count, and the hash of the version that participants meet. Raises PlanError
    where the plan does not fit the study.
    """
    plan = AnalysisPlan.objects.filter(study=study, frozen_at=None).first()
    if plan is None:
        return None
    plan.study = study
    _check(plan)
    plan.version, plan.origins = version.version, sorted(study.counted_origins)
    plan.canonical = canonical(plan, version)
    plan.sha256 = digest(plan.canonical)
    plan.frozen_at = timezone.now()
    plan.save()
    record(action=Action.PLAN_FROZEN, about=f"study {study}", facts={"sha256": plan.sha256})
    return plan


@transaction.atomic
def amend(*, plan: AnalysisPlan, what: str, why: str, by: User) -> Amendment:
    """Say what is done otherwise than the frozen plan has it.

    Raises PlanError where the plan is not frozen, or what or why is missing.
    """
    if not AnalysisPlan.objects.frozen().filter(pk=plan.pk).exists():
        raise PlanError(f"expected a frozen plan, got a draft of study {plan.study}: edit it")
    what, why = what.strip(), why.strip()
    if not (what and why):
        raise PlanError(f"expected what is done otherwise and why, got {what!r} and {why!r}")
    name = by.get_username()
    written = Amendment.objects.create(plan=plan, what=what, why=why, by=by, by_name=name)
    facts = {"plan": plan.sha256, "what": what, "why": why}
    record(action=Action.PLAN_AMENDED, about=f"study {plan.study}", facts=facts)
    return written


def canonical(plan: AnalysisPlan, version: StudyVersion) -> str:
    """JSON with sorted keys and no spaces; the same decisions are the same text on any database."""
    facts = {
        "format": 1,
        "study": plan.study.slug,
        "questionnaire": {"version": version.version, "sha256": version.sha256},
        "counted_origins": sorted(plan.origins),
        "plan": decisions_of(plan),
    }
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def decisions_of(plan: AnalysisPlan) -> dict[str, Any]:
    """The decisions by name, of types that do not depend on where they come from."""
    values: dict[str, Any] = {name: getattr(plan, name) for name in AnalysisPlan.DECISIONS}
    values["words"] = sorted(values["words"])
    for name in ("outcome", "correction"):
        values[name] = str(values[name])
    for name in ("alpha", "fast_share", "run_alpha", "position_alpha", "agreement_z"):
        values[name] = None if values[name] is None else float(values[name])
    # A browser sends CRLF, a shell LF.
    values["hypotheses"] = "\n".join(values["hypotheses"].splitlines())
    return values


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(plan: AnalysisPlan) -> bool:
    """Whether the frozen text is what was hashed, and the plan's fields are what it says."""
    if digest(plan.canonical) != plan.sha256:
        return False
    frozen = json.loads(plan.canonical)
    # Decisions that plans could not have yet when this one was frozen are not in its text.
    now = {name: value for name, value in decisions_of(plan).items() if name in frozen["plan"]}
    return bool(
        frozen["plan"] == now
        and frozen["counted_origins"] == sorted(plan.origins)
        and frozen["questionnaire"]["version"] == plan.version
    )


def _check(plan: AnalysisPlan) -> None:
    try:
        plan.full_clean()
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        text = _("the plan of study %(study)s does not hold: %(faults)s")
        raise PlanError(text % {"study": plan.study, "faults": told}) from error
