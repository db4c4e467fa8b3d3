"""Images that a search for a word found."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation import querysets
from generation.models.words import Word
from generation.sources.licences import standing


class Search(models.Model):
    """How far a word's phrase was searched for at a provider, so that a stopped one goes on."""

    word = models.ForeignKey(Word, models.CASCADE, related_name="searches", verbose_name=_("word"))
    provider = models.CharField(_("provider"), max_length=40)
    query = models.CharField(_("query"), max_length=200)
    filters = models.CharField(_("filters"), max_length=200, blank=True)
    cursor = models.TextField(blank=True, help_text=_("of the next page; empty for the first"))
    pages = models.PositiveIntegerField(_("pages read"), default=0)
    barren = models.PositiveIntegerField(default=0, help_text=_("last pages without anything new"))
    found = models.PositiveIntegerField(_("results"), default=0)
    ended = models.CharField(
        _("ended"), max_length=200, blank=True, help_text=_("why there are no more pages")
    )
    searched_at = models.DateTimeField(_("searched at"), default=timezone.now)

    class Meta:
        ordering = ["word", "pk"]
        verbose_name = _("search")
        verbose_name_plural = _("searches")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("word", "provider", "query", "filters", name="searched_once"),
        ]

    def __str__(self) -> str:
        return f"{self.word}: {self.query} ({self.provider})"


class LicenceDemand(models.TextChoices):
    """What is wanted of the licences of web images; `sources.licences.admits` decides."""

    ANY = "any", _("any, also unknown")
    KNOWN = "known", _("known")
    DERIVATIVES = "derivatives", _("known to allow changed images")


class LicenceStanding(models.TextChoices):
    """How free a web image is; `sources.licences.standing` decides by the licence's name."""

    UNKNOWN = "unknown", _("licence unknown")
    UNSURE = "unsure", _("not known to allow changed images")
    FREE = "free", _("allows changed images")


class WebImage(models.Model):
    """One result of a search for a word: where it came from, and what became of it.

    Its file is as it came where that is a plain picture, and otherwise a PNG of its upright sRGB
    pixels.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        OK = "ok", _("kept")
        FAILED = "failed", _("failed for now")
        GONE = "gone", _("failed for good")
        REJECTED = "rejected", _("rejected")

    word = models.ForeignKey(
        Word, models.CASCADE, related_name="web_images", verbose_name=_("word")
    )
    search = models.ForeignKey(
        Search, models.SET_NULL, null=True, editable=False, related_name="results"
    )
    provider = models.CharField(_("provider"), max_length=40)
    query = models.CharField(_("query"), max_length=200)
    rank = models.PositiveIntegerField(
        _("rank"), help_text=_("place among the query's results, from 0")
    )
    url = models.CharField(max_length=2000)
    page_url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    creator = models.CharField(_("creator"), max_length=300, blank=True)
    licence = models.CharField(
        _("licence"),
        max_length=120,
        blank=True,
        help_text=_("empty means unknown, which is not free"),
    )
    licence_url = models.CharField(max_length=2000, blank=True)
    attribution = models.TextField(_("attribution"), blank=True)
    raw = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("what the provider said of it")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    file = models.ImageField(_("image"), blank=True, width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    final_url = models.CharField(max_length=2000, blank=True, help_text=_("after redirects"))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    media_type = models.CharField(_("type"), max_length=40, blank=True)
    byte_count = models.PositiveIntegerField(_("bytes"), null=True, help_text=_("as downloaded"))
    phash = models.CharField(
        max_length=64, blank=True, editable=False, help_text=_("perceptual hash, 256 bits")
    )
    duplicate_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name=_("near-duplicate of"),
    )
    excluded_at = models.DateTimeField(_("excluded at"), null=True, blank=True)
    excluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("excluded by"),
    )
    excluded_why = models.CharField(_("why excluded"), max_length=200, blank=True)
    collected_at = models.DateTimeField(_("collected at"), default=timezone.now)

    objects = querysets.WebImageQuerySet.as_manager()

    class Meta:
        ordering = ["word", "rank"]
        verbose_name = _("web image")
        verbose_name_plural = _("web images")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("word", "url", name="web_image_once_per_word"),
            models.CheckConstraint(
                condition=~Q(state="ok") | ~Q(sha256=""), name="kept_web_image_has_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def standing(self) -> LicenceStanding:
        """How free it is, as far as the name of its licence tells."""
        return LicenceStanding(standing(self.licence))


class Description(models.Model):
    """The numbers that describe a web image; the file is a .npz named by image and descriptor."""

    web_image = models.ForeignKey(WebImage, models.CASCADE, related_name="descriptions")
    descriptor = models.CharField(max_length=120)
    file = models.FileField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("web_image", "descriptor", name="described_once"),
        ]

    def __str__(self) -> str:
        return f"{self.web_image} by {self.descriptor}"
