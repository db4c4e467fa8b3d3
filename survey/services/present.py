"""The question that a participant is to see now."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from survey.models import Option, Participant, Trial


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One question page: the trial, its grid's images cell by cell, and what comes next."""

    trial: Trial
    cells: list[Option]
    total: int
    upcoming: list[str]

    @property
    def number(self) -> int:
        return self.trial.order + 1


def present(*, participant: Participant) -> Screen | None:
    """The first unanswered trial, marked as shown now if it was not before; None after the last.

    `upcoming` are the addresses of the next trial's images, to be loaded ahead.
    """
    unanswered = Trial.objects.unanswered_by(participant)
    trials = list(unanswered.select_related("question__word")[:2])
    if not trials:
        return None
    options = Option.objects.filter(question__in=[t.question_id for t in trials])
    by_pk = options.in_bulk_with_images()
    now, *later = ([by_pk[pk] for pk in trial.grid] for trial in trials)
    trial = trials[0]
    if trial.shown_at is None:
        Trial.objects.filter(pk=trial.pk, shown_at=None).update(shown_at=timezone.now())
    return Screen(
        trial=trial,
        cells=now,
        total=participant.trials.count(),
        upcoming=[option.image.file.url for cells in later for option in cells],
    )
