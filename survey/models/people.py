"""The people, and what they answered."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from generation.models import Recipe, Word
from survey import querysets
from survey.models.questions import Option, Question
from survey.models.rules import SITTING, ParticipantRules
from survey.models.study import Study


class Participant(ParticipantRules, models.Model):
    """One person (or bot) in one study. Nothing here says who it is."""

    class Origin(models.TextChoices):
        LIVE = "live", pgettext_lazy("origin", "live")
        PILOT = "pilot", _("pilot")
        PREVIEW = "preview", _("preview")
        BOT = "bot", _("simulated")

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="participants", verbose_name=_("study")
    )
    token = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text=_("the secret in the cookie")
    )
    label = models.CharField(
        _("label"),
        max_length=60,
        blank=True,
        help_text=_("names a bot or a pilot, once per study"),
    )
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.LIVE)
    language = models.CharField(_("language"), max_length=8)
    seed = models.PositiveBigIntegerField()
    condition = models.ForeignKey(
        Recipe,
        models.PROTECT,
        null=True,
        related_name="participants",
        verbose_name=_("condition"),
        help_text=_("empty where everybody answers all conditions"),
    )
    version = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("of the study, as this person met it")
    )
    number = models.PositiveIntegerField(
        _("number"),
        default=0,
        help_text=_("counts those of one origin and condition; decides the places in the grids"),
    )
    recruiter_id = models.CharField(
        _("recruiter’s id"),
        max_length=100,
        blank=True,
        help_text=_("what the recruiter calls this person"),
    )
    recruiter = models.JSONField(
        _("recruiter’s parameters"),
        default=dict,
        blank=True,
        help_text=_("further parameters of the recruiter's link"),
    )
    consent_version = models.CharField(_("version of the consent"), max_length=20, blank=True)
    consented_at = models.DateTimeField(_("agreed"), null=True)
    practised_at = models.DateTimeField(_("practised"), null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    seen_at = models.DateTimeField(
        _("last seen"), default=timezone.now, help_text=_("when they last did something")
    )
    left_at = models.DateTimeField(
        _("left"),
        null=True,
        help_text=_("when their place was given up; they were not complete"),
    )
    finished_at = models.DateTimeField(
        _("finished"), null=True, help_text=_("when the last answer was stored")
    )
    completion_code = models.CharField(_("completion code"), max_length=16, blank=True)
    familiarity_at = models.DateTimeField(_("familiarity stored"), null=True)
    about = models.JSONField(
        _("about themselves"), default=dict, blank=True, help_text=_("closing answers")
    )
    about_at = models.DateTimeField(_("closing answers stored"), null=True)

    objects = querysets.ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["study", "pk"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["study", "label"], condition=~Q(label=""), name="label_once_per_study"
            ),
            models.UniqueConstraint(
                fields=["completion_code"],
                condition=~Q(completion_code=""),
                name="completion_code_once",
            ),
            # Who started anew keeps the recruiter's id; the earlier place is left.
            models.UniqueConstraint(
                fields=["study", "recruiter_id"],
                condition=~Q(recruiter_id="") & Q(left_at__isnull=True),
                name="recruited_once_per_study",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(finished_at__isnull=True),
                name="who_finished_did_not_leave",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, completion_code="")
                | (Q(finished_at__isnull=False) & ~Q(completion_code="")),
                name="code_comes_with_the_end",
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"P{self.pk}"

    @property
    def stage(self) -> str:
        """The page where this participant is now, by the name of its URL."""
        if not self.finished_at:
            if not self.consented_at:
                return "consent"
            return "question" if self.practised_at else "instructions"
        if self.study.asks_familiarity and not self.familiarity_at:
            return "familiarity"
        return "about" if self.study.closing and not self.about_at else "done"

    def returning(self, now: datetime) -> Study.Returning:
        """What happens when this participant, who is not complete, comes back now."""
        policy = Study.Returning(self.study.returning)
        if now - self.seen_at <= SITTING:
            return Study.Returning.RESUME
        if policy == Study.Returning.RESUME and self.is_expired(now):
            return Study.Returning.RESTART
        return policy


class Trial(models.Model):
    """A question as one participant meets it, and the first answer that was stored."""

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="trials", verbose_name=_("participant")
    )
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="trials", verbose_name=_("question")
    )
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.PositiveIntegerField(
        _("order"), help_text=_("place in this person's sequence, from 0")
    )
    grid = models.JSONField(_("grid"), help_text=_("the options' ids, cell by cell, row by row"))
    shown_at = models.DateTimeField(
        _("shown"), null=True, help_text=_("when the server gave it out")
    )
    answered_at = models.DateTimeField(_("answered"), null=True)
    chosen = models.ForeignKey(
        Option, models.PROTECT, null=True, related_name="chosen_in", verbose_name=_("chosen image")
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        null=True,
        help_text=_("the cell of the grid that was chosen, from 0, row by row"),
    )
    response_ms = models.PositiveIntegerField(
        _("response time (ms)"),
        null=True,
        help_text=_("from every image decoded to the choice; empty without JavaScript"),
    )
    load_ms = models.PositiveIntegerField(
        _("loading time (ms)"),
        null=True,
        help_text=_("from the question on the page to every image decoded"),
    )
    blurs = models.PositiveSmallIntegerField(
        _("left the window"),
        null=True,
        help_text=_("how often the window lost the focus or was hidden"),
    )
    screen = models.JSONField(
        _("screen"), default=dict, help_text=_("viewport, pixel ratio, rendered size")
    )

    objects = querysets.TrialQuerySet.as_manager()

    class Meta:
        ordering = ["participant", "order"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("participant", "question", name="question_once_per_person"),
            models.UniqueConstraint("participant", "order", name="order_once_per_person"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, chosen__isnull=True, position__isnull=True)
                | Q(answered_at__isnull=False, chosen__isnull=False, position__isnull=False),
                name="answered_means_chosen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.order}"


class Familiarity(models.Model):
    """How well a participant knows a word, in their own judgement."""

    class Level(models.IntegerChoices):
        UNKNOWN = 0, pgettext_lazy("familiarity", "I do not know it")
        HEARD = 1, pgettext_lazy("familiarity", "I have heard it")
        KNOWN = 2, pgettext_lazy("familiarity", "I know it well")

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="familiarities")
    word = models.ForeignKey(Word, models.PROTECT, related_name="familiarities")
    level = models.PositiveSmallIntegerField(choices=Level)

    class Meta:
        ordering = ["participant", "word"]
        verbose_name = _("familiarity")
        verbose_name_plural = _("familiarities")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("participant", "word", name="familiarity_once_per_word"),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.word}: {self.get_level_display()}"
