"""From draft through live to closed: what is frozen, and what makes a new version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.services import record
from storage import digest
from survey.errors import LifecycleError
from survey.models import Option, Study, StudyVersion
from survey.services.composition import Stimulus, composition
from survey.services.integrity import check_all
from survey.services.ledger import wait_for_answers
from survey.services.peeking import note_reopening
from survey.services.plan import freeze

_NAMED = 5  # files that a message names; the rest is a number
# Of what is typed freely the log has the field alone: names, addresses and codes may be in it, and
# the log outlives the study. What participants met is with the versions.
_UNTOLD = frozenset({"contact", "introduction", "consent_text", "completion_url"})
Progress = Callable[[int], object]


def stimuli_of(study: Study) -> list[Stimulus]:
    """Each image of the questions in force once."""
    asked = composition(study).questions.values()
    by_file = {
        stimulus.file: stimulus
        for question in asked
        if question.version == study.composition
        for stimulus in question.stimuli.values()
    }
    return list(by_file.values())


def refuse_damaged(*, slug: str, pinned: Mapping[str, str]) -> None:
    """Raise LifecycleError where files have another SHA-256 than `pinned`, of a study to come.

    Whoever composes a study and goes live with it in one transaction asks this before: reading
    every image takes long, and nobody else could write into SQLite meanwhile.
    """
    if wrong := [file for file, sha256 in pinned.items() if digest(file) != sha256]:
        raise _damaged(slug, wrong, len(pinned))


def go_live(
    *, study: Study, is_checked: bool = False, progress: Progress = lambda _: None
) -> Study:
    """Open the study to people: its questions, texts and images are what they are from now on.

    Reads every image and compares it with its pinned SHA-256, unless somebody just did
    (`is_checked`). Open already, it stays so. The first time, its analysis plan is frozen, if
    there is one. Raises LifecycleError where there are no questions, images are missing or
    changed, or the plan does not fit the study.
    """
    stimuli = stimuli_of(study)
    if not stimuli:
        raise LifecycleError(
            _("study %(study)s has no questions: compose it first") % {"study": study.slug}
        )
    if not is_checked and (wrong := check_all(study=study, stimuli=stimuli, progress=progress)):
        raise _damaged(study.slug, wrong, len(stimuli))
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=study.pk)
        version = keep_version(study)
        if study.status != Study.Status.LIVE:
            if study.live_at:
                note_reopening(study=study)
            else:
                freeze(study=study, version=version)
            study.status = Study.Status.LIVE
            study.live_at = study.live_at or timezone.now()
            study.save(update_fields=["status", "live_at"])
            _note(study, Action.WENT_LIVE, sha256=version.sha256)
    return study


def _damaged(slug: str, wrong: Sequence[str], total: int) -> LifecycleError:
    told = ", ".join(wrong[:_NAMED])
    if len(wrong) > _NAMED:
        told = _("%(files)s and %(n)s more") % {"files": told, "n": len(wrong) - _NAMED}
    text = _(
        "study %(study)s cannot go live: %(n)s of %(total)s images are missing or changed: "
        "%(files)s"
    )
    facts = {"study": slug, "n": len(wrong), "total": total, "files": told}
    return LifecycleError(text % facts)


def close(*, study: Study) -> Study:
    """Take no more answers. When this returns, every answer that was accepted is stored."""
    with transaction.atomic():
        study = Study.objects.select_for_update().get(pk=study.pk)
        if study.status != Study.Status.CLOSED:
            study.status = Study.Status.CLOSED
            study.save(update_fields=["status"])
            _note(study, Action.CLOSED)
    with transaction.atomic():
        wait_for_answers()
    return study


@transaction.atomic
def revise(*, study: Study, values: dict[str, Any], is_versioned: bool = False) -> Study:
    """Change fields of a study; once it was live, what participants meet is another version.

    Who has started goes on; their answers know the version that they were given under.
    `is_versioned` says that the caller has made a new version already.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    was_over = study.is_over(timezone.now())
    changed = [name for name, value in values.items() if getattr(study, name) != value]
    for name in changed:
        setattr(study, name, values[name])
    if study.live_at and not is_versioned and set(changed) & set(Study.FROZEN):
        study.version += 1
        changed.append("version")
    if changed:
        study.save(update_fields=changed)
        told = {name: "…" if name in _UNTOLD else getattr(study, name) for name in changed}
        _note(study, Action.REVISED, changed=told)
    if study.live_at:
        keep_version(study)
        if was_over and not study.is_over(timezone.now()):
            note_reopening(study=study)
    return study


def keep_version(study: Study) -> StudyVersion:
    """Write down what participants of this version meet; once written it stays."""
    texts = {name: getattr(study, name) for name in Study.FROZEN}
    found, _created = StudyVersion.objects.get_or_create(
        study=study,
        version=study.version,
        defaults={
            "composition": study.composition,
            "texts": texts,
            "sha256": _digest(study, texts),
        },
    )
    return found


def _note(study: Study, action: Action, **facts: Any) -> None:
    record(action=action, about=f"study {study}", facts={"version": study.version, **facts})


def _digest(study: Study, texts: dict[str, Any]) -> str:
    facts = {
        "texts": texts,
        "design": [study.design, study.options, study.distractors, study.seed],
        "questions": list(_facts(study)),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _facts(study: Study) -> Iterator[list[Any]]:
    """Of each image that is offered: the question by what it asks, the role, the hash."""
    rows = Option.objects.filter(question__study=study, question__version=study.composition)
    for row in rows.order_by("question__index", "index").values_list(
        "question__index", "question__kind", "question__content__sha256",
        "question__word__reading", "question__recipe__sha256", "is_target", "sha256",
    ):  # fmt: skip
        yield list(row)
