"""A participant's answer to a trial, stored once, and the end of the questions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from survey.errors import (
    AnswerError,
    ClosedError,
    NoChoiceError,
    NotYourTrialError,
    OutOfOrderError,
    PlaceLeftError,
    UnknownParticipantError,
)
from survey.models import Participant, Trial
from survey.services.ledger import AHEAD, OpenTrial, PersonFacts, open_trials, store

# Nobody looks at nine images for an hour: longer means that the page was left open.
LONGEST_MS = 3_600_000
_MOST_BLURS = 1_000
# The answers know better when somebody was here; for a quota a minute is exact enough.
_NOTED_EVERY = timedelta(minutes=1)
# Without 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: what a person might copy wrongly.
_CODE_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
_CODE_LENGTH = 10


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the page measured beside the choice; None where it could not.

    Times in ms, capped at an hour: of the response, from every image decoded to the choice, and
    of the loading before. `screen` has lengths in CSS pixels.
    """

    response_ms: int | None = None
    load_ms: int | None = None
    blurs: int | None = None
    screen: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("response_ms", "load_ms", "blurs"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise AnswerError(f"expected {name} of 0 or more, got {value}")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Whether the answer was stored now, and the trials that come next, at most 1 + AHEAD."""

    person: PersonFacts | Participant
    is_new: bool
    upcoming: Sequence[OpenTrial | Trial]


def answer(
    *,
    participant_token: UUID,
    slug: str,
    trial_token: UUID,
    position: int | None,
    measured: Measured,
) -> Answered:
    """Store the choice of the grid's cell `position` in the participant's first open trial.

    The first stored answer stands: replays, double clicks and late retries change nothing, and
    an answer to a trial after the first open one is refused, so that nobody skips a question.
    The last answer sets `finished_at` and the completion code in the same transaction.

    Raises UnknownParticipantError, NotYourTrialError for a trial of somebody else,
    OutOfOrderError, ClosedError where the study takes no answer of this person (any more),
    PlaceLeftError where their place was given up or is too old, NoChoiceError where no cell was
    chosen, AnswerError where there is no such cell or the practice is not done.
    """
    while True:
        found = open_trials(participant_token=participant_token, slug=slug)
        if found is None or found[1][0].token != trial_token:
            return _not_the_next(participant_token, slug, trial_token)
        person, (trial, *upcoming) = found
        now = timezone.now()
        _check_may_answer(person, now)
        values = _values(trial, person, position, measured, now)
        # The last answer and the end are stored together; any other is one statement.
        with nullcontext() if upcoming else transaction.atomic():
            if store(trial, values):
                _note(person, now, is_last=not upcoming)
                return Answered(person=person, is_new=True, upcoming=upcoming)
        # Another request was quicker, with this answer or with the study's end: look again.


def _not_the_next(participant_token: UUID, slug: str, trial_token: UUID) -> Answered:
    people = Participant.objects.select_related("study")
    person = people.filter(token=participant_token, study__slug=slug).first()
    if person is None:
        raise UnknownParticipantError(f"no participant of {slug} has this token")
    trial = Trial.objects.filter(token=trial_token, participant=person).first()
    if trial is None:
        raise NotYourTrialError(f"trial {trial_token} is not one of {person}")
    trials = list(Trial.objects.unanswered_by(person)[: 1 + AHEAD])
    if trial.answered_at is None:
        raise OutOfOrderError(f"expected the answer to trial {trials[0].order}, got {trial.order}")
    return Answered(person=person, is_new=False, upcoming=trials)


def _check_may_answer(person: PersonFacts, now: datetime) -> None:
    if not person.may_answer(now):
        raise ClosedError(f"the study takes no answers of P{person.pk} ({person.origin})")
    if person.left_at or person.is_expired(now):
        raise PlaceLeftError(f"P{person.pk} was last seen at {person.seen_at:%Y-%m-%d %H:%M}")
    if not person.practised_at:
        raise AnswerError(f"P{person.pk} answers before the practice question")


def _values(
    trial: OpenTrial, person: PersonFacts, position: int | None, measured: Measured, now: datetime
) -> dict[str, Any]:
    if position is None:
        raise NoChoiceError("no image was chosen")
    if not 0 <= position < len(trial.grid):
        raise AnswerError(f"expected a position of 0 to {len(trial.grid) - 1}, got {position}")
    return {
        "chosen": trial.grid[position],
        "position": position,
        "answered_at": now,
        # Given out with the page or with the reply to the answer before it.
        "shown_at": trial.shown_at or person.seen_at,
        "response_ms": _capped(measured.response_ms, LONGEST_MS),
        "load_ms": _capped(measured.load_ms, LONGEST_MS),
        "blurs": _capped(measured.blurs, _MOST_BLURS),
        "screen": dict(measured.screen),
    }


def _capped(value: int | None, most: int) -> int | None:
    return None if value is None else min(value, most)


def _note(person: PersonFacts, now: datetime, *, is_last: bool) -> None:
    """The end, or if what is noted is old, that they were here.

    A code that somebody has is refused by the database; the page sends the answer again.
    """
    changes: dict[str, Any] = {}
    if is_last:
        code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
        changes = {"seen_at": now, "finished_at": now, "completion_code": code}
    elif now - person.noted_at > _NOTED_EVERY:
        changes = {"seen_at": now}
    if changes:
        Participant.objects.filter(pk=person.pk).update(**changes)
