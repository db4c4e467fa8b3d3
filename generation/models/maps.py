"""Where the styles of all words' images lie."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StyleMap(models.Model):
    """A projection of Neural Style Vectors onto a plane; `services.style_map` says how it is made.

    `points` holds, image by image, the columns `image` and `word` (primary keys), `x` and `y`,
    and beside them the images that are `unreadable`; `overlap` the columns `word` (primary keys)
    and `shares`, per word the share of each word among its images' neighbours, None where it
    cannot be estimated.
    """

    descriptor = models.CharField(_("descriptor"), max_length=120)
    fingerprint = models.CharField(max_length=64, unique=True, help_text=_("of the images"))
    points = models.JSONField(default=dict)
    overlap = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("style map")
        verbose_name_plural = _("style maps")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
