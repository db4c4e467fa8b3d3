"""The words in which the questionnaire's rows are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from survey.models import Participant, Question, Study, Trial  # noqa: F401


class StudyQuerySet(models.QuerySet["Study"]):
    def live(self) -> StudyQuerySet:
        return self.filter(status="live")


class QuestionQuerySet(models.QuerySet["Question"]):
    def in_force(self) -> QuestionQuerySet:
        """Those that their study asks now, not those of earlier versions."""
        return self.filter(version=models.F("study__composition"))

    def about_words(self) -> QuestionQuerySet:
        return self.filter(kind="word")

    def catches(self) -> QuestionQuerySet:
        return self.filter(kind="catch")


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def complete(self) -> ParticipantQuerySet:
        return self.exclude(finished_at=None)

    def holding_places(self) -> ParticipantQuerySet:
        """Live participants who are complete or on the way: those that a quota counts."""
        return self.filter(origin="live", left_at=None)


class TrialQuerySet(models.QuerySet["Trial"]):
    def answered(self) -> TrialQuerySet:
        return self.exclude(answered_at=None)

    def unanswered_by(self, participant: Participant) -> TrialQuerySet:
        return self.filter(participant=participant, answered_at=None).order_by("order")

    def to_show(self) -> TrialQuerySet:
        """With what a page needs of them."""
        return self.only("token", "order", "grid", "question", "participant", "shown_at")
