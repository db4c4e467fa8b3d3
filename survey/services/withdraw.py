"""People who take their data back, and personal data whose time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from audit.actions import Action
from audit.services import record
from survey.errors import WithdrawalError
from survey.models import Participant, Study, Withdrawal


def find_by_code(*, study: Study, code: str) -> Participant:
    """Whose completion code this is, however it was typed; else WithdrawalError."""
    cleaned = "".join(code.split()).replace("-", "").upper()
    found = study.participants.filter(completion_code=cleaned).first() if cleaned else None
    if found is None:
        raise WithdrawalError(f"nobody in study {study} has the code {cleaned[:20]!r}")
    return found


@transaction.atomic
def withdraw(*, participant: Participant) -> Withdrawal:
    """Delete the participant with all they answered; that somebody withdrew stays in the log."""
    # An answer that is just being stored comes first; the next one finds nobody.
    person = Participant.objects.select_for_update().get(pk=participant.pk)
    tombstone = Withdrawal.objects.create(
        study_id=person.study_id,
        version=person.version,
        origin=person.origin,
        answers=person.trials.answered().count(),
        was_complete=person.finished_at is not None,
    )
    record(
        action=Action.WITHDRAWN,
        about=f"study {tombstone.study}",
        facts={"origin": tombstone.origin, "answers": tombstone.answers},
    )
    person.delete()
    return tombstone


@dataclass(frozen=True, kw_only=True)
class Purged:
    """Of one study, how many people's personal fields were removed."""

    study: Study
    people: int


@transaction.atomic
def purge(*, today: date, dry_run: bool = False) -> list[Purged]:
    """Remove the recruiter's ids and the closing answers where a study's time for them is over.

    Answers to questions, and the codes by which people withdraw, stay.
    """
    purged = []
    for study in Study.objects.filter(retain_until__lt=today):
        people = study.participants.filter(~Q(recruiter_id="") | ~Q(recruiter={}) | ~Q(about={}))
        count = people.count()
        if not dry_run:
            people.update(recruiter_id="", recruiter={}, about={})
            if count:
                about = f"study {study}"
                record(action=Action.PURGED, about=about, facts={"people": count})
        purged.append(Purged(study=study, people=count))
    return purged
