"""The places of a study's quota: taken, given up, and taken again.

A place is taken by who is complete and by who is on the way. Who stopped keeps it until somebody
else needs it. Every function here that gives a place holds the study's row meanwhile.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from survey.errors import StudyFullError
from survey.models import Participant, Study
from survey.querysets import ParticipantQuerySet


def has_place(study: Study) -> bool:
    """Whether somebody who started now would find a place; only starting makes sure of it."""
    if study.quota is None:
        return True
    return _taken(study) - _stopped(study).count() < study.quota


def take_place(study: Study) -> None:
    """Make sure that one more live participant fits, whose study's row is locked by the caller.

    Places of people who stopped longer ago than the study allows are given up, if need be.
    Raises StudyFullError where none is left.
    """
    if study.quota is None or _taken(study) < study.quota:
        return
    stopped = _stopped(study)
    # Only as many as are needed, those who stopped first; each is looked at again when the place
    # is taken, for who answers at this moment is no longer silent.
    for person in stopped.order_by("seen_at")[: _taken(study) - study.quota + 1]:
        stopped.filter(pk=person.pk).update(left_at=timezone.now())
    if _taken(study) >= study.quota:
        raise StudyFullError(f"study {study} has {study.quota} places, and all are taken")


def leave(participant: Participant) -> None:
    """Give up the place of somebody who is not complete; what they answered stays stored."""
    Participant.objects.filter(pk=participant.pk, finished_at=None, left_at=None).update(
        left_at=timezone.now()
    )


@transaction.atomic
def rejoin(participant: Participant) -> None:
    """Let somebody whose place was given up go on, if there is one left.

    Raises StudyFullError where there is none.
    """
    study = Study.objects.select_for_update().get(pk=participant.study_id)
    person = Participant.objects.select_for_update().get(pk=participant.pk)
    if person.left_at is None:
        return
    if person.origin == Participant.Origin.LIVE:
        take_place(study)
    person.left_at = None
    person.save(update_fields=["left_at"])


def _taken(study: Study) -> int:
    return study.participants.holding_places().count()


def _stopped(study: Study) -> ParticipantQuerySet:
    """Those whose place can be given to somebody else."""
    silent_since = timezone.now() - timedelta(minutes=study.abandoned_minutes)
    holding = Participant.objects.filter(study=study).holding_places()
    return holding.filter(finished_at=None, seen_at__lt=silent_since)
