"""Words that name textures."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Word(models.Model):
    """A word that names a texture, such as ふさふさ."""

    text = models.CharField(_("word"), max_length=40, unique=True, help_text="ふさふさ")
    reading = models.SlugField(
        _("reading"), max_length=40, unique=True, help_text=_("in Latin letters: fusafusa")
    )
    gloss = models.CharField(
        _("gloss"), max_length=120, blank=True, help_text=_("in English: soft, long, thick hair")
    )
    phrases = models.JSONField(
        _("search phrases"), default=dict, blank=True, help_text='{"ja": ["..."], "en": ["..."]}'
    )
    consistency = models.FloatField(
        _("consistency"),
        null=True,
        editable=False,
        help_text=_("share of its web images that a linear classifier of styles recognises"),
    )

    class Meta:
        ordering = ["reading"]
        verbose_name = _("word")
        verbose_name_plural = _("words")

    def __str__(self) -> str:
        return f"{self.text} ({self.reading})"
