"""Long work that a person asks for on a page, and the worker does."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation import querysets
from generation.models.leased import Leased
from generation.models.words import Word


class Job(Leased):
    """A piece of work with a progress of its own.

    `done` of `total` steps of its `stage` are finished; `outcome` says in a sentence what came of
    it.
    """

    class Kind(models.TextChoices):
        CLUSTER = "cluster", _("cluster a word's images")
        STYLE_MAP = "style-map", _("draw the style map")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    word = models.ForeignKey(
        Word, models.CASCADE, null=True, related_name="jobs", verbose_name=_("word")
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    stage = models.CharField(_("stage"), max_length=40, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    stage_began_at = models.DateTimeField(null=True, editable=False)
    outcome = models.TextField(_("outcome"), blank=True)

    objects = querysets.JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Pressing the button twice asks once.
            models.UniqueConstraint(
                fields=["kind", "word"],
                condition=Q(state__in=("queued", "leased")),
                name="job_of_a_word_waits_once",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(state__in=("queued", "leased"), word__isnull=True),
                name="job_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, batch__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, batch__isnull=True)),
                name="job_leased_has_a_lease",
            ),
        ]

    @property
    def time_left(self) -> str:
        """Of the stage, by its pace so far, as "40 s" or "3 min"; "" where there is none yet."""
        if self.state != self.State.LEASED or not (self.done and self.stage_began_at):
            return ""
        spent = (timezone.now() - self.stage_began_at).total_seconds()
        left = spent / self.done * (self.total - self.done)
        return f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"

    @property
    def reason(self) -> str:
        """The error without its way through the program."""
        return self.error.strip().splitlines()[-1] if self.error.strip() else ""

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.word}" if self.word else self.get_kind_display()
