"""A participant's answer to a trial, stored once, and the end of the questions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
from survey.services.present import AHEAD

# Nobody looks at nine images for an hour: longer means that the page was left open.
LONGEST_MS = 3_600_000
_MOST_BLURS = 1_000
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

    participant: Participant
    is_new: bool
    upcoming: list[Trial]


@transaction.atomic
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
    # The lock lets one answer of a person come after the other, whatever tab it is from.
    people = Participant.objects.answering().select_for_update(of=("self",))
    try:
        person = people.get(token=participant_token, study__slug=slug)
    except Participant.DoesNotExist as error:
        raise UnknownParticipantError(f"no participant of {slug} has this token") from error
    trials = list(Trial.objects.unanswered_by(person).to_show()[: 2 + AHEAD])
    if not trials or trials[0].token != trial_token:
        return _not_the_next(person, trial_token, trials)
    _check_may_answer(person, now := timezone.now())
    _store(trials[0], person, position, measured, now)
    _note(person, now, is_last=len(trials) == 1)
    return Answered(participant=person, is_new=True, upcoming=trials[1:])


def _not_the_next(person: Participant, trial_token: UUID, trials: list[Trial]) -> Answered:
    trial = Trial.objects.filter(token=trial_token, participant=person).first()
    if trial is None:
        raise NotYourTrialError(f"trial {trial_token} is not one of {person}")
    if trial.answered_at is None:
        raise OutOfOrderError(f"expected the answer to trial {trials[0].order}, got {trial.order}")
    return Answered(participant=person, is_new=False, upcoming=trials[: 1 + AHEAD])


def _check_may_answer(person: Participant, now: datetime) -> None:
    if not person.may_answer(now):
        raise ClosedError(f"study {person.study} takes no answers of {person.origin} people")
    if person.left_at or person.is_expired(now):
        raise PlaceLeftError(f"{person} was last seen at {person.seen_at:%Y-%m-%d %H:%M}")
    if person.stage != "question":
        raise AnswerError(f"{person} answers before {person.stage}")


def _store(
    trial: Trial, person: Participant, position: int | None, measured: Measured, now: datetime
) -> None:
    if position is None:
        raise NoChoiceError("no image was chosen")
    if not 0 <= position < len(trial.grid):
        raise AnswerError(f"expected a position of 0 to {len(trial.grid) - 1}, got {position}")
    trial.chosen_id = trial.grid[position]
    trial.answered_at = now
    # Given out with the page or with the reply to the answer before it.
    trial.shown_at = trial.shown_at or person.seen_at
    trial.response_ms = _capped(measured.response_ms, LONGEST_MS)
    trial.load_ms = _capped(measured.load_ms, LONGEST_MS)
    trial.blurs = _capped(measured.blurs, _MOST_BLURS)
    trial.screen = dict(measured.screen)
    trial.save(
        update_fields=[
            "chosen", "answered_at", "shown_at", "response_ms", "load_ms", "blurs", "screen",
        ]
    )  # fmt: skip


def _capped(value: int | None, most: int) -> int | None:
    return None if value is None else min(value, most)


def _note(person: Participant, now: datetime, *, is_last: bool) -> None:
    """That they were here, and the end; a code that somebody has is refused by the database."""
    person.seen_at = now
    changed = ["seen_at"]
    if is_last:
        person.finished_at = now
        person.completion_code = "".join(
            secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH)
        )
        changed += ["finished_at", "completion_code"]
    person.save(update_fields=changed)
