"""What the questionnaire knows: studies, their questions, the people, and what they chose."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from generation.models import ContentImage, LicenceDemand, Recipe, StylisedImage, Word
from survey import querysets


def _default_languages() -> list[str]:
    return ["ja", "en"]


def _default_origins() -> list[str]:
    return ["live"]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _check_among(field: str, values: object, known: Collection[str]) -> None:
    if not isinstance(values, list) or not values or not all(value in known for value in values):
        text = _("Expected a list of one or more of %(known)s.") % {"known": ", ".join(known)}
        raise ValidationError({field: text})


class Study(models.Model):
    """A questionnaire over stylised images, from draft through live to closed."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    class Design(models.TextChoices):
        WITHIN = "within", _("within people: everybody answers all conditions")
        BETWEEN = "between", _("between people: everybody answers one condition")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    title = models.JSONField(_("title"), default=dict, help_text='{"ja": "...", "en": "..."}')
    contact = models.CharField(
        _("contact"), max_length=200, blank=True, help_text=_("shown to participants")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
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
    licence = models.CharField(
        _("licences of the web images"),
        max_length=12,
        choices=LicenceDemand,
        default=LicenceDemand.ANY,
        help_text=_("which web images may have given its stimuli their style"),
    )
    consent_version = models.CharField(_("version of the consent"), max_length=20, default="1")
    counted_origins = models.JSONField(
        _("origins counted in the results"),
        default=_default_origins,
        help_text=_("of live, pilot, preview, bot"),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = querysets.StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("study")
        verbose_name_plural = _("studies")

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """What a researcher typed as JSON is what the pages rely on."""
        _check_among("languages", self.languages, list(dict(settings.LANGUAGES)))
        _check_among("counted_origins", self.counted_origins, Participant.Origin.values)
        if not isinstance(self.title, dict) or not all(map(_is_text, self.title.values())):
            raise ValidationError({"title": _('Expected {"ja": "...", "en": "..."}.')})
        if self.status == self.Status.LIVE and not (self.pk and self.questions.exists()):
            raise ValidationError({"status": _("A study without questions cannot go live.")})

    @property
    def name(self) -> str:
        """The title in the reader's language, else in any, else the slug."""
        language = (get_language() or "en").split("-")[0]
        return self.title.get(language) or next(iter(self.title.values()), "") or self.slug

    def questions_per_person(self) -> int:
        """How many questions one person answers; between people, those of one condition."""
        if self.design == self.Design.WITHIN:
            return self.questions.count()
        counts = self.questions.aggregate(
            all=models.Count("pk"), conditions=models.Count("recipe", distinct=True)
        )
        return int(counts["all"] // max(counts["conditions"], 1))


class Question(models.Model):
    """One content image and a word ("most fusafusa"), or a catch ("which is unchanged?").

    `recipe` is the condition: it made all images that a question about a word offers. It is
    empty where the images are of several, as in the catch questions of a design within people.
    """

    class Kind(models.TextChoices):
        WORD = "word", _("word")
        CATCH = "catch", _("catch")

    study = models.ForeignKey(Study, models.CASCADE, related_name="questions")
    index = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WORD)
    content = models.ForeignKey(ContentImage, models.PROTECT, related_name="questions")
    word = models.ForeignKey(Word, models.PROTECT, null=True, related_name="questions")
    recipe = models.ForeignKey(
        Recipe, models.PROTECT, null=True, related_name="questions", verbose_name=_("condition")
    )

    objects = querysets.QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["study", "index"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("study", "index", name="question_index_once"),
            models.UniqueConstraint(
                fields=["study", "content", "word", "recipe"],
                condition=Q(kind="word"),
                name="word_asked_once_per_condition",
            ),
            models.UniqueConstraint(
                fields=["study", "content", "word"],
                condition=Q(kind="word", recipe__isnull=True),
                name="word_asked_once_if_mixed",
            ),
            models.CheckConstraint(
                condition=Q(kind="word", word__isnull=False) | Q(kind="catch", word__isnull=True),
                name="question_has_a_word_unless_a_catch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} {self.index}: {self.content} {self.word or self.kind}"


class Option(models.Model):
    """An image that a question offers: a stylised image, or in a catch the photograph itself."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    index = models.PositiveSmallIntegerField()
    stylised = models.ForeignKey(StylisedImage, models.PROTECT, null=True, related_name="options")
    content = models.ForeignKey(ContentImage, models.PROTECT, null=True, related_name="options")
    is_target = models.BooleanField()
    sha256 = models.CharField(max_length=64, help_text=_("of the image, pinned when composed"))

    objects = querysets.OptionQuerySet.as_manager()

    class Meta:
        ordering = ["question", "index"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("question", "index", name="option_index_once"),
            models.UniqueConstraint("question", "stylised", name="option_image_once"),
            models.CheckConstraint(
                condition=Q(stylised__isnull=False, content__isnull=True)
                | Q(stylised__isnull=True, content__isnull=False),
                name="option_is_one_image",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} option {self.index}"

    @property
    def image(self) -> StylisedImage | ContentImage:
        image = self.stylised or self.content
        if image is None:
            raise ValueError(f"{self!r} has no image, against the constraint option_is_one_image")
        return image


class Participant(models.Model):
    """One person (or bot) in one study. Nothing here says who it is."""

    class Origin(models.TextChoices):
        LIVE = "live", pgettext_lazy("origin", "live")
        PILOT = "pilot", _("pilot")
        PREVIEW = "preview", _("preview")
        BOT = "bot", _("simulated")

    study = models.ForeignKey(Study, models.CASCADE, related_name="participants")
    token = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text=_("the secret in the cookie")
    )
    label = models.CharField(
        max_length=60, blank=True, help_text=_("names a bot or a pilot, once per study")
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE)
    language = models.CharField(max_length=8)
    seed = models.PositiveBigIntegerField()
    condition = models.ForeignKey(
        Recipe,
        models.PROTECT,
        null=True,
        related_name="participants",
        verbose_name=_("condition"),
        help_text=_("empty where everybody answers all conditions"),
    )
    consent_version = models.CharField(max_length=20, blank=True)
    consented_at = models.DateTimeField(null=True)
    practised_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    completion_code = models.CharField(max_length=16, blank=True)

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
        if self.finished_at:
            return "done"
        if not self.consented_at:
            return "consent"
        return "question" if self.practised_at else "instructions"

    @property
    def may_answer(self) -> bool:
        """Whether the study takes this participant's answers now."""
        if self.study.status == Study.Status.DRAFT:
            return self.origin != self.Origin.LIVE
        return self.study.status == Study.Status.LIVE


class Trial(models.Model):
    """A question as one participant meets it, and the first answer that was stored."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="trials")
    question = models.ForeignKey(Question, models.PROTECT, related_name="trials")
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.PositiveIntegerField(help_text=_("place in this person's sequence, from 0"))
    grid = models.JSONField(help_text=_("the options' ids, cell by cell, row by row"))
    shown_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    chosen = models.ForeignKey(Option, models.PROTECT, null=True, related_name="chosen_in")
    response_ms = models.PositiveIntegerField(
        null=True, help_text=_("from every image decoded to the choice; empty without JavaScript")
    )
    screen = models.JSONField(default=dict, help_text=_("viewport, pixel ratio, rendered size"))

    objects = querysets.TrialQuerySet.as_manager()

    class Meta:
        ordering = ["participant", "order"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("participant", "question", name="question_once_per_person"),
            models.UniqueConstraint("participant", "order", name="order_once_per_person"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, chosen__isnull=True)
                | Q(answered_at__isnull=False, chosen__isnull=False),
                name="answered_means_chosen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.order}"
