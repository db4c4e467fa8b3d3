"""Clusterings, by their exemplars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.read_only import UneditedAdmin
from generation import models
from generation.admin.display import picture
from generation.admin.removal import GuardedAdmin

_EXEMPLARS = 12  # of each cluster


@admin.register(models.Clustering)
class ClusteringAdmin(GuardedAdmin, UneditedAdmin):
    list_display = ("word", "exemplars", "quality", "licence", "created_at")
    list_filter = ("word", "licence")
    readonly_fields = ("exemplars",)

    class Media:
        css = {"all": ["generation/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Clustering]:
        queryset = super().get_queryset(request).select_related("word")
        nearest = models.ClusterMember.objects.exemplars(_EXEMPLARS).select_related("web_image")
        return queryset.prefetch_related(
            Prefetch("clusters", models.StyleCluster.objects.counted()),
            Prefetch("clusters__members", nearest),
        )

    @admin.display(description=_("silhouette"), ordering="silhouette")
    def quality(self, clustering: models.Clustering) -> str:
        return _figure(clustering.silhouette)

    @admin.display(description=_("clusters, nearest to the centre first"))
    def exemplars(self, clustering: models.Clustering) -> SafeString:
        rows = (
            (cluster.index, _pictures(cluster.members.all()), _quality(cluster))
            for cluster in clustering.clusters.all()
        )
        return format_html_join("", '<div class="exemplars">{}: {} <div>{}</div></div>', rows)


def _quality(cluster: models.StyleCluster) -> Any:
    """What is known of a cluster that `counted()` gave."""
    return _(
        "images: %(size)d, outliers: %(outliers)d, tightness: %(tightness)s, "
        "silhouette: %(silhouette)s"
    ) % {
        "size": cluster.size,
        "outliers": cluster.outlier_count,
        "tightness": _figure(cluster.tightness),
        "silhouette": _figure(cluster.silhouette),
    }


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _pictures(members: Iterable[models.ClusterMember]) -> SafeString:
    return format_html_join(" ", "{}", ((picture(m.web_image.file, 48),) for m in members))
