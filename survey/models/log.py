"""What must be known of a study later: its versions, what went wrong, who left, who peeked."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.append import AppendOnly, AppendOnlyQuerySet
from survey.models.people import Participant
from survey.models.study import Study


class StudyVersion(models.Model):
    """What participants of one version of a study met; never changed."""

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="versions", verbose_name=_("study")
    )
    version = models.PositiveIntegerField(_("version"))
    composition = models.PositiveIntegerField(_("composition"))
    made_at = models.DateTimeField(_("since"), default=timezone.now)
    texts = models.JSONField(_("texts and rules"), help_text=_("as they were frozen"))
    sha256 = models.CharField(
        "SHA-256",
        max_length=64,
        help_text=_("of the texts, the questions and their images' SHA-256"),
    )

    class Meta:
        ordering = ["study", "version"]
        verbose_name = _("version of a study")
        verbose_name_plural = _("versions of studies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("study", "version", name="study_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.study} v{self.version}"


class Fault(models.Model):
    """An image of a live study that is missing, or not the one that was pinned."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="faults", verbose_name=_("study"))
    file = models.CharField(_("file"), max_length=200)
    expected = models.CharField(_("expected SHA-256"), max_length=64)
    found = models.CharField(
        _("found SHA-256"), max_length=64, blank=True, help_text=_("empty where there is no file")
    )
    noticed_at = models.DateTimeField(_("noticed"), default=timezone.now)

    class Meta:
        ordering = ["study", "file"]
        verbose_name = _("damaged image")
        verbose_name_plural = _("damaged images")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("study", "file", name="fault_once_per_file"),
        ]

    def __str__(self) -> str:
        return self.file


class Withdrawal(models.Model):
    """The place of somebody who had their data deleted: that, but not who."""

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="withdrawals", verbose_name=_("study")
    )
    version = models.PositiveIntegerField(_("version"))
    origin = models.CharField(_("origin"), max_length=10, choices=Participant.Origin)
    answers = models.PositiveIntegerField(_("deleted answers"))
    was_complete = models.BooleanField(_("had finished"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), default=timezone.now)

    class Meta:
        ordering = ["study", "withdrawn_at"]
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")

    def __str__(self) -> str:
        return f"{self.study} {self.withdrawn_at:%Y-%m-%d}"


class Peek(AppendOnly, models.Model):
    """A look at p values while answers could still come, with how many there were then."""

    class Why(models.TextChoices):
        CONFIRMED = "confirmed", _("somebody confirmed that they look")
        REOPENED = "reopened", _("the study was over, and took answers again")

    study = models.ForeignKey(Study, models.CASCADE, related_name="peeks", verbose_name=_("study"))
    why = models.CharField(_("why"), max_length=10, choices=Why, default=Why.CONFIRMED)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="peeks"
    )
    user_name = models.CharField(
        pgettext_lazy("look", "who"),
        max_length=150,
        blank=True,
        help_text=_("outlives the account"),
    )
    at = models.DateTimeField(pgettext_lazy("look", "from"), default=timezone.now)
    until = models.DateTimeField(
        pgettext_lazy("look", "to"), help_text=_("when p values were hidden again")
    )
    answers_then = models.PositiveIntegerField(_("counted answers then"))
    people_then = models.PositiveIntegerField(_("people then"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["study", "at", "pk"]
        verbose_name = _("look at p values")
        verbose_name_plural = _("looks at p values")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(until__gte=F("at")), name="peek_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(why="confirmed") | ~Q(user_name=""), name="peek_is_of_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} {self.at:%Y-%m-%d %H:%M}"
