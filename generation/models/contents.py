"""Photographs that are given textures."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ContentImage(models.Model):
    """A photograph that is given textures. The file is upright sRGB without metadata."""

    name = models.SlugField(_("name"), max_length=60, unique=True, help_text=_("short, as: coffee"))
    file = models.ImageField(_("image"), width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    credit = models.CharField(_("credit"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    mask = models.ImageField(
        _("foreground mask"), blank=True, help_text=_("white is the object, black the background")
    )
    mask_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    mask_proposed = models.BooleanField(_("mask was proposed"), default=False, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("content image")
        verbose_name_plural = _("content images")

    def __str__(self) -> str:
        return self.name
