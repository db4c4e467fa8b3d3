"""The words in which the questionnaire's rows are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from survey.errors import PlanError

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from survey.models import AnalysisPlan, Participant, Question, Study, Trial  # noqa: F401


class StudyQuerySet(models.QuerySet["Study"]):
    def live(self) -> StudyQuerySet:
        return self.filter(status="live")

    def of(self, user: User | AnonymousUser) -> StudyQuerySet:
        """Those that the user may see the results of, and change."""
        if not (user.is_active and user.is_staff):
            return self.none()
        if user.has_perm("survey.every_study"):
            return self.all()
        # By a subquery: joined, a study of two researchers could be there twice.
        return self.filter(pk__in=user.studies.values("pk"))

    def noting_of(self, user: User | AnonymousUser) -> StudyQuerySet:
        """With `is_theirs`, whether the user is one of its researchers."""
        own = self.model.researchers.through.objects.filter(study=models.OuterRef("pk"))
        return self.annotate(is_theirs=models.Exists(own.filter(user=user.pk)))


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

    def counted_in(self, study: Study) -> TrialQuerySet:
        """The answers in the study's results: to the questions in force, by counted people."""
        return self.answered().filter(
            participant__study=study,
            participant__origin__in=study.counted_origins,
            question__version=study.composition,
        )

    def unanswered_by(self, participant: Participant) -> TrialQuerySet:
        return self.filter(participant=participant, answered_at=None).order_by("order")

    def to_show(self) -> TrialQuerySet:
        """With what a page needs of them."""
        return self.only("token", "order", "grid", "question", "participant", "shown_at")


class AnalysisPlanQuerySet(models.QuerySet["AnalysisPlan"]):
    def frozen(self) -> AnalysisPlanQuerySet:
        return self.exclude(frozen_at=None)

    def update(self, **values: Any) -> int:
        """Raises PlanError where one of these plans is frozen."""
        self._refuse_frozen()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raises PlanError where one of these plans is frozen."""
        self._refuse_frozen()
        return super().delete()

    def _refuse_frozen(self) -> None:
        if self.frozen().exists():
            raise PlanError("a frozen plan is neither changed nor removed: write an amendment")
