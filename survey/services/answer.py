"""A participant's answer to a trial, stored once, and the end of the questionnaire."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from survey.errors import AnswerError, NoChoiceError, NotYourTrialError
from survey.models import Participant, Trial

# Nobody looks at nine images for an hour: longer means that the page was left open.
LONGEST_RESPONSE_MS = 3_600_000
# Without 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: what a person might copy wrongly.
_CODE_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
_CODE_LENGTH = 10


@transaction.atomic
def answer(
    *,
    trial_token: UUID,
    participant: Participant,
    position: int | None,
    response_ms: int | None,
    screen: Mapping[str, float],
) -> bool:
    """Store the choice of the grid's cell `position`, and whether it was stored now.

    The first stored answer stands: replays, double clicks and late retries change nothing.
    The last answer sets `finished_at` and the completion code in the same transaction.
    `response_ms` is capped at an hour.

    Raises NotYourTrialError for a trial of somebody else, NoChoiceError where no cell was
    chosen, AnswerError where there is no such cell or the time is negative.
    """
    trial = (
        # Both rows: two tabs with the last two questions must see each other's answer.
        Trial.objects.select_for_update(of=("self", "participant"))
        .select_related("participant")
        .filter(token=trial_token, participant=participant)
        .first()
    )
    if trial is None:
        raise NotYourTrialError(f"trial {trial_token} is not one of {participant}")
    if trial.answered_at is not None:
        return False
    _store(trial, position, response_ms, screen)
    if not Trial.objects.unanswered_by(participant).exists():
        _finish(trial.participant)
    return True


def _store(
    trial: Trial, position: int | None, response_ms: int | None, screen: Mapping[str, float]
) -> None:
    if position is None:
        raise NoChoiceError("no image was chosen")
    if not 0 <= position < len(trial.grid):
        raise AnswerError(f"expected a position of 0 to {len(trial.grid) - 1}, got {position}")
    if response_ms is not None and response_ms < 0:
        raise AnswerError(f"expected a response time of 0 ms or more, got {response_ms}")
    trial.chosen_id = trial.grid[position]
    trial.answered_at = timezone.now()
    trial.response_ms = None if response_ms is None else min(response_ms, LONGEST_RESPONSE_MS)
    trial.screen = dict(screen)
    trial.save(update_fields=["chosen", "answered_at", "response_ms", "screen"])


def _finish(participant: Participant) -> None:
    participant.finished_at = timezone.now()
    participant.completion_code = _new_code()
    participant.save(update_fields=["finished_at", "completion_code"])


def _new_code() -> str:
    """A code that nobody has; the database's constraint guards the rest."""
    while True:
        code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
        if not Participant.objects.filter(completion_code=code).exists():
            return code
