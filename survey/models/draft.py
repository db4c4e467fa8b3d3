"""What somebody has typed so far of a study that is being set up."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from survey.models.study import Study


class StudyDraft(models.Model):
    """The steps of setting up a study, or a new version of one; nothing of it is asked yet.

    `answers` has by step what its form was sent with, right or wrong, as a query string has it:
    lists by name.
    """

    class Purpose(models.TextChoices):
        NEW = "new", _("a new study")
        QUESTIONS = "questions", _("other questions of a study")
        TEXTS = "texts", _("other texts and rules of a study")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="study_drafts")
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.NEW)
    study = models.ForeignKey(
        Study, models.CASCADE, null=True, related_name="drafts", help_text=_("that is changed")
    )
    seed = models.PositiveBigIntegerField(help_text=_("with which a new study is offered"))
    answers = models.JSONField(default=dict)
    begun_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-changed_at", "-pk"]
        verbose_name = _("study that is being set up")
        verbose_name_plural = _("studies that are being set up")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(purpose="new", study__isnull=True)
                | ~models.Q(purpose="new") & models.Q(study__isnull=False),
                name="draft_changes_a_study_or_makes_one",
            ),
        ]

    def __str__(self) -> str:
        typed: list[str] = self.answers.get("name", {}).get("slug") or [""]
        return str(self.study) if self.study else typed[0] or f"#{self.pk}"
