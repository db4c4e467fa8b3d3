"""Looks at p values while answers come in: each is a row of the log."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from survey.models import Peek, Study, Trial

# Long enough to go through the pages, short enough that tomorrow's look is another row.
WINDOW = timedelta(hours=1)


@transaction.atomic
def peek(*, study: Study, user: User) -> Peek | None:
    """Log that the user looks from now on for WINDOW; a look that is not over is the same one.

    None where the study is over: then p values are shown to everybody, and nobody peeks.
    """
    # Two clicks at once are one look.
    study = Study.objects.select_for_update().get(pk=study.pk)
    now = timezone.now()
    if study.is_over(now):
        return None
    going_on = Peek.objects.filter(study=study, user_id=user.pk, until__gt=now).first()
    if going_on:
        return going_on
    counts = _counts(study)
    record(action=Action.PEEKED, about=f"study {study}", facts=counts)
    return Peek.objects.create(
        study=study, user=user, user_name=user.get_username(), at=now, until=now + WINDOW, **counts
    )


def note_reopening(*, study: Study) -> Peek | None:
    """Log that p values were shown to everybody before more answers came.

    None where there was no answer, and so nothing to see.
    """
    counts = _counts(study)
    if not counts["answers_then"]:
        return None
    now = timezone.now()
    why = Peek.Why.REOPENED
    record(action=Action.REOPENED, about=f"study {study}", facts=counts)
    return Peek.objects.create(study=study, why=why, at=now, until=now, **counts)


def _counts(study: Study) -> dict[str, int]:
    return Trial.objects.counted_in(study).aggregate(
        answers_then=Count("pk"), people_then=Count("participant", distinct=True)
    )
