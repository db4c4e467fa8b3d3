"""Clusters of a word's web images, by their style."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation import querysets
from generation.models.web_images import LicenceDemand, WebImage
from generation.models.words import Word


class Clustering(models.Model):
    """One run of clustering over a word's images; never overwritten.

    With the descriptor IMPORTED it has no web images: its clusters are the variants in which
    stimuli of one method, made elsewhere, came.
    """

    IMPORTED = "imported"

    word = models.ForeignKey(
        Word, models.CASCADE, related_name="clusterings", verbose_name=_("word")
    )
    descriptor = models.CharField(_("descriptor"), max_length=120)
    parameters = models.JSONField(
        _("parameters"), help_text=_("k, seed, weights of the two descriptors")
    )
    licence = models.CharField(
        _("licences"),
        max_length=12,
        choices=LicenceDemand,
        default=LicenceDemand.ANY,
        help_text=_("which web images it admitted"),
    )
    fingerprint = models.CharField(
        _("hash"), max_length=64, help_text=_("of the parameters and the images")
    )
    silhouette = models.FloatField(_("silhouette"), null=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    chosen_at = models.DateTimeField(
        _("asked for"), default=timezone.now, help_text=_("the last one of a word is in use")
    )

    objects = querysets.ClusteringQuerySet.as_manager()

    class Meta:
        ordering = ["word", "pk"]
        verbose_name = _("clustering")
        verbose_name_plural = _("clusterings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("word", "fingerprint", name="clustered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.word} #{self.pk}"


class StyleCluster(models.Model):
    """Web images of one word whose styles are alike; the style of a stimulus."""

    clustering = models.ForeignKey(Clustering, models.CASCADE, related_name="clusters")
    index = models.PositiveSmallIntegerField()
    in_use = models.BooleanField(_("in use"), default=True)
    tightness = models.FloatField(
        _("tightness"),
        null=True,
        editable=False,
        help_text=_("root mean square distance of the members to the centre"),
    )
    silhouette = models.FloatField(
        _("silhouette"), null=True, editable=False, help_text=_("mean of the members")
    )

    # Of rows that were asked for as `counted()`.
    size: int
    outlier_count: int

    objects = querysets.StyleClusterQuerySet.as_manager()

    class Meta:
        ordering = ["clustering", "index"]
        verbose_name = _("style cluster")
        verbose_name_plural = _("style clusters")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("clustering", "index", name="cluster_index_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clustering.word.reading} {self.index}"

    @property
    def word(self) -> Word:
        return self.clustering.word


class ClusterMember(models.Model):
    """A web image in a cluster; `rank` 0 is the exemplar nearest to the centre."""

    cluster = models.ForeignKey(StyleCluster, models.CASCADE, related_name="members")
    web_image = models.ForeignKey(WebImage, models.PROTECT, related_name="memberships")
    rank = models.PositiveIntegerField()
    distance = models.FloatField(help_text=_("to the cluster's centre, in descriptor units"))
    weight = models.FloatField(default=1.0, help_text=_("in the cluster's mean Gram matrix"))
    outlier = models.BooleanField(
        _("outlier"), default=False, help_text=_("too far from the centre to count for the style")
    )

    objects = querysets.ClusterMemberQuerySet.as_manager()

    class Meta:
        ordering = ["cluster", "rank"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("cluster", "web_image", name="member_once"),
            models.UniqueConstraint("cluster", "rank", name="member_rank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} member {self.rank}"
