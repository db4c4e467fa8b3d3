"""The question that a participant is to see now, and those that come next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from storage import StorageError
from survey.errors import StimulusError
from survey.models import Participant, Trial
from survey.services.composition import Asked, Stimulus, composition
from survey.services.integrity import check_stimuli
from survey.services.ledger import AHEAD, OpenTrial, PersonFacts


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A trial as the page shows it: what is asked, and the images cell by cell."""

    trial: OpenTrial | Trial
    asked: Asked
    cells: list[Stimulus]
    total: int

    @property
    def number(self) -> int:
        return self.trial.order + 1


def present(*, participant: Participant) -> list[Shown]:
    """The first open trial, noted as shown, and up to AHEAD more; nothing after the last.

    Raises StimulusError where the first one's images are not those that were pinned, and
    StorageError where the storage does not tell.
    """
    trials = list(Trial.objects.unanswered_by(participant).to_show()[: 1 + AHEAD])
    if not trials:
        return []
    first = _shown(participant, trials[0])
    check_stimuli(study=participant.study, stimuli=first.cells)
    now = timezone.now()
    if trials[0].shown_at is None:
        Trial.objects.filter(pk=trials[0].pk, shown_at=None).update(shown_at=now)
    Participant.objects.filter(pk=participant.pk).update(seen_at=now)
    return [first, *upcoming(participant=participant, trials=trials[1:])]


def upcoming(
    *, participant: PersonFacts | Participant, trials: Sequence[OpenTrial | Trial]
) -> list[Shown]:
    """These trials up to the first one whose images cannot be shown, which no page may run into."""
    found = []
    for trial in trials:
        shown = _shown(participant, trial)
        try:
            check_stimuli(study=participant.study, stimuli=shown.cells)
        except (
            StimulusError,
            StorageError,
        ):  # it is logged, and told when the participant comes to it
            break
        found.append(shown)
    return found


def _shown(participant: PersonFacts | Participant, trial: OpenTrial | Trial) -> Shown:
    whole = composition(participant.study)
    asked = whole.questions[trial.question_id]
    return Shown(
        trial=trial,
        asked=asked,
        cells=[asked.stimuli[pk] for pk in trial.grid],
        total=whole.total(asked, participant.condition_id),
    )
