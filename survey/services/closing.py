"""What is asked after the questions: how well the words are known, and about the person."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from generation.models import Word
from survey.models import Familiarity, Participant


def words_asked(*, participant: Participant) -> list[Word]:
    """The words of the participant's questions, in the order of their first appearance."""
    trials = participant.trials.exclude(question__word=None).select_related("question__word")
    return list(dict.fromkeys(trial.question.word for trial in trials if trial.question.word))


@transaction.atomic
def tell_familiarity(*, participant: Participant, levels: Mapping[Word, int]) -> None:
    """Store how well the words are known, once; those that were skipped have no row."""
    person = Participant.objects.select_for_update().get(pk=participant.pk)
    if person.familiarity_at:
        return
    Familiarity.objects.bulk_create(
        Familiarity(participant=person, word=word, level=level) for word, level in levels.items()
    )
    person.familiarity_at = timezone.now()
    person.save(update_fields=["familiarity_at"])


def tell_about(*, participant: Participant, answers: Mapping[str, str]) -> None:
    """Store the closing answers that were given, once."""
    Participant.objects.filter(pk=participant.pk, about_at=None).update(
        about={name: text for name, text in answers.items() if text}, about_at=timezone.now()
    )
