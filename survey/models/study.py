"""A study: what it asks for, from draft through live to closed, and its rules for people."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from generation.models import LicenceDemand
from survey import querysets
from survey.models.rules import StudyRules

# What the closing page may ask; each can be left empty.
CLOSING_QUESTIONS = ("age", "vision", "native_language", "comment")
_PLACEHOLDER = re.compile(r"{([^{}]*)}")


def _default_languages() -> list[str]:
    return ["ja", "en"]


def _default_origins() -> list[str]:
    return ["live"]


def _default_recruiter_parameters() -> list[str]:
    return ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class Study(StudyRules, models.Model):
    """A questionnaire over stylised images, from draft through live to closed.

    `version` counts what participants can meet: other questions, texts or rules are another
    version. `composition` is the version whose questions are asked now.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    class Design(models.TextChoices):
        WITHIN = "within", _("within people: everybody answers all conditions")
        BETWEEN = "between", _("between people: everybody answers one condition")

    class Distractors(models.TextChoices):
        FIXED = "fixed", _("the same for everybody")
        REDRAWN = "redrawn", _("drawn anew for each person")

    class Returning(models.TextChoices):
        RESUME = "resume", _("they go on where they stopped")
        RESTART = "restart", _("they start anew")
        BLOCK = "block", _("they cannot take part again")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    title = models.JSONField(_("title"), default=dict, help_text='{"ja": "...", "en": "..."}')
    contact = models.CharField(
        _("contact"), max_length=200, blank=True, help_text=_("shown to participants")
    )
    introduction = models.JSONField(
        _("introduction"),
        default=dict,
        blank=True,
        help_text='{"ja": "...", "en": "..."}',
    )
    consent_text = models.JSONField(
        _("text of the consent"),
        default=dict,
        blank=True,
        help_text='{"ja": "...", "en": "..."}',
    )
    consent_version = models.CharField(_("version of the consent"), max_length=20, default="1")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    composition = models.PositiveIntegerField(
        _("composition"), default=1, help_text=_("the version whose questions are asked")
    )
    composed_at = models.DateTimeField(_("composed"), default=timezone.now, editable=False)
    live_at = models.DateTimeField(_("went live"), null=True, editable=False)
    languages = models.JSONField(_("languages"), default=_default_languages)
    seed = models.PositiveBigIntegerField(_("seed"), default=0)
    design = models.CharField(
        _("conditions"),
        max_length=10,
        choices=Design,
        default=Design.WITHIN,
        help_text=_("a condition is the recipe that made the images of a question"),
    )
    options = models.PositiveSmallIntegerField(_("images per question"), default=9)
    clusters = models.PositiveSmallIntegerField(
        _("clusters per word"),
        null=True,
        blank=True,
        help_text=_("the images of a question that show its word; empty for all clusters in use"),
    )
    distractors = models.CharField(
        _("distractors"), max_length=10, choices=Distractors, default=Distractors.FIXED
    )
    licence = models.CharField(
        _("licences of the web images"),
        max_length=12,
        choices=LicenceDemand,
        default=LicenceDemand.ANY,
        help_text=_("which web images may have given its stimuli their style"),
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    quota = models.PositiveIntegerField(
        _("quota"),
        null=True,
        blank=True,
        help_text=_("complete live participants that are wanted; empty for no limit"),
    )
    abandoned_minutes = models.PositiveIntegerField(
        _("minutes until a place is free again"),
        default=60,
        help_text=_("of somebody who stopped; only when somebody else needs the place"),
    )
    returning = models.CharField(
        _("who comes back after a break"),
        max_length=10,
        choices=Returning,
        default=Returning.RESUME,
        help_text=_("A reload and a break of up to 10 minutes are no interruption."),
    )
    resume_hours = models.PositiveIntegerField(
        _("hours until it is too late to go on"),
        default=24,
        help_text=_("After that, who comes back starts anew."),
    )
    asks_familiarity = models.BooleanField(
        _("asks how well the words are known"), default=False, help_text=_("after the questions")
    )
    closing = models.JSONField(
        _("closing questions"),
        default=list,
        blank=True,
        help_text='["age", "vision", "native_language", "comment"]',
    )
    recruiter_parameters = models.JSONField(
        _("parameters of the recruiter"),
        default=_default_recruiter_parameters,
        blank=True,
        help_text='["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]',
    )
    completion_url = models.CharField(
        _("address after completion"),
        max_length=500,
        blank=True,
        help_text=_("such as https://app.prolific.com/submissions/complete?cc=C1; "
                    "{code} is the completion code, {PROLIFIC_PID} that parameter of the link"),
    )  # fmt: skip
    retain_until = models.DateField(
        _("personal data are kept until"),
        null=True,
        blank=True,
        help_text=_("then `manage.py purge` removes recruiter's ids and closing answers"),
    )
    counted_origins = models.JSONField(
        _("origins counted in the results"),
        default=_default_origins,
        help_text=_("of live, pilot, preview, bot"),
    )
    researchers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="studies",
        blank=True,
        verbose_name=_("researchers"),
        help_text=_("who may see its results and change it, beside the admins"),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = querysets.StudyQuerySet.as_manager()
    is_theirs: bool  # where the query was `noting_of` somebody

    # Where another value is another study for those who take part.
    FROZEN: ClassVar = (
        "title", "contact", "introduction", "consent_text", "consent_version", "languages",
        "returning", "resume_hours", "asks_familiarity", "closing",
    )  # fmt: skip

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        permissions: ClassVar = [
            ("every_study", _("May see and change the studies of all researchers")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True)
                | Q(opens_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
                name="study_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(composition__lte=F("version")), name="composition_is_of_a_version"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """What a researcher typed is what the pages rely on."""
        _check_among("languages", self.languages, list(dict(settings.LANGUAGES)))
        _check_among("counted_origins", self.counted_origins, ["live", "pilot", "preview", "bot"])
        if self.closing:
            _check_among("closing", self.closing, CLOSING_QUESTIONS)
        for field in ("title", "introduction", "consent_text"):
            texts = getattr(self, field)
            if not isinstance(texts, dict) or not all(map(_is_text, texts.values())):
                raise ValidationError({field: _('Expected {"ja": "...", "en": "..."}.')})
        _check_parameters(self.recruiter_parameters)
        _check_address(self.completion_url, self.recruiter_parameters)
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": _("Expected a time after the opening.")})
        if self.status == self.Status.LIVE and not (self.pk and self.questions.in_force().exists()):
            raise ValidationError({"status": _("A study without questions cannot go live.")})

    @property
    def name(self) -> str:
        """The title in the reader's language, else in any, else the slug."""
        return in_language(self.title) or self.slug

    def questions_per_person(self) -> int:
        """How many questions one person answers; between people, those of one condition."""
        asked = self.questions.in_force()
        if self.design == self.Design.WITHIN:
            return asked.count()
        counts = asked.aggregate(
            all=models.Count("pk"), conditions=models.Count("recipe", distinct=True)
        )
        return int(counts["all"] // max(counts["conditions"], 1))


def in_language(texts: Mapping[str, str]) -> str:
    """The text in the reader's language, else in any, else nothing."""
    language = (get_language() or "en").split("-")[0]
    return texts.get(language) or next(iter(texts.values()), "")


def _check_among(field: str, values: object, known: Collection[str]) -> None:
    if not isinstance(values, list) or not values or not all(value in known for value in values):
        text = _("Expected a list of one or more of %(known)s.") % {"known": ", ".join(known)}
        raise ValidationError({field: text})


def _check_parameters(names: object) -> None:
    good = isinstance(names, list) and all(
        isinstance(name, str) and re.fullmatch(r"\w{1,40}", name) for name in names
    )
    if not good:
        text = _('Expected a list of names, such as ["PROLIFIC_PID"].')
        raise ValidationError({"recruiter_parameters": text})


def _check_address(address: str, parameters: list[str]) -> None:
    if not address:
        return
    if not address.startswith(("https://", "http://")):
        text = _("Expected an address that begins with https:// or http://.")
        raise ValidationError({"completion_url": text})
    if unknown := set(_PLACEHOLDER.findall(address)) - {"code", *parameters}:
        text = _("Expected {code} or a parameter of the recruiter, got %(unknown)s.")
        shown = ", ".join(f"{{{name}}}" for name in sorted(unknown))
        raise ValidationError({"completion_url": text % {"unknown": shown}})
