"""What a study asks, and the images that each question offers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generation.models import ContentImage, Recipe, StylisedImage, Word
from survey import querysets
from survey.models.study import Study


class Question(models.Model):
    """One content image and a word ("most fusafusa"), or a catch ("which is unchanged?").

    `recipe` is the condition: it made all images that a question about a word offers. It is
    empty where the images are of several, as in the catch questions of a design within people.

    Its options are the images that it may offer: those of each grid, or, where distractors are
    redrawn for each person, all that can be drawn.
    """

    class Kind(models.TextChoices):
        WORD = "word", _("word")
        CATCH = "catch", _("catch")

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="questions", verbose_name=_("study")
    )
    version = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("of the study, when the question was composed")
    )
    index = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.WORD)
    content = models.ForeignKey(
        ContentImage, models.PROTECT, related_name="questions", verbose_name=_("content image")
    )
    word = models.ForeignKey(
        Word, models.PROTECT, null=True, related_name="questions", verbose_name=_("word")
    )
    recipe = models.ForeignKey(
        Recipe, models.PROTECT, null=True, related_name="questions", verbose_name=_("condition")
    )

    objects = querysets.QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["study", "index"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("study", "version", "index", name="question_index_once"),
            models.UniqueConstraint(
                fields=["study", "version", "content", "word", "recipe"],
                condition=Q(kind="word"),
                name="word_asked_once_per_condition",
            ),
            models.UniqueConstraint(
                fields=["study", "version", "content", "word"],
                condition=Q(kind="word", recipe__isnull=True),
                name="word_asked_once_if_mixed",
            ),
            models.CheckConstraint(
                condition=Q(kind="word", word__isnull=False) | Q(kind="catch", word__isnull=True),
                name="question_has_a_word_unless_a_catch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} {self.index}: {self.content} {self.word or self.get_kind_display()}"


class Option(models.Model):
    """An image that a question offers: a stylised image, or in a catch the photograph itself."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    index = models.PositiveSmallIntegerField()
    stylised = models.ForeignKey(StylisedImage, models.PROTECT, null=True, related_name="options")
    content = models.ForeignKey(ContentImage, models.PROTECT, null=True, related_name="options")
    is_target = models.BooleanField()
    sha256 = models.CharField(max_length=64, help_text=_("of the image, pinned when composed"))

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
        return f"{self.question} #{self.index}"

    @property
    def image(self) -> StylisedImage | ContentImage:
        image = self.stylised or self.content
        if image is None:
            raise ValueError(f"{self!r} has no image, against the constraint option_is_one_image")
        return image
