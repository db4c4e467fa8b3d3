"""What comes before the first question: consent, and the practice question."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from survey.design import place_options
from survey.errors import AnswerError, NoChoiceError
from survey.models import Participant
from survey.services.composition import Stimulus, composition


def consent(*, participant: Participant, version: str, language: str) -> None:
    """Store that the participant agreed to this version, read in this language; once."""
    Participant.objects.filter(pk=participant.pk, consented_at=None).update(
        consented_at=(now := timezone.now()),
        seen_at=now,
        consent_version=version,
        language=language,
    )


def practice_cells(*, participant: Participant) -> list[tuple[Stimulus, bool]]:
    """The practice question: the person's first catch question, in cells of its own.

    Each cell with whether it is the unchanged photograph.
    """
    catches = participant.study.questions.filter(trials__participant=participant).catches()
    question = catches.order_by("index").first()
    if question is None:
        raise AnswerError(f"study {participant.study} has no catch question to practise with")
    asked = composition(participant.study).questions[question.pk]
    order = place_options(options=sorted(asked.stimuli), seed=f"{participant.seed}:practice")
    return [(asked.stimuli[pk], pk in asked.targets) for pk in order]


@transaction.atomic
def practise(*, participant: Participant, position: int | None) -> bool:
    """Whether the cell is the unchanged photograph; if so, the participant may go on.

    Raises NoChoiceError where no cell was chosen, AnswerError where there is no such cell.
    """
    cells = practice_cells(participant=participant)
    if position is None:
        raise NoChoiceError("no image was chosen")
    if not 0 <= position < len(cells):
        raise AnswerError(f"expected a position of 0 to {len(cells) - 1}, got {position}")
    _, right = cells[position]
    if right:
        Participant.objects.filter(pk=participant.pk, practised_at=None).update(
            practised_at=(now := timezone.now()), seen_at=now
        )
    return right
