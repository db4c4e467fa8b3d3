"""Clusterings, by their exemplars."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from generation import models
from generation.admin.display import ReadOnlyAdmin, picture


@admin.register(models.Clustering)
class ClusteringAdmin(ReadOnlyAdmin):
    list_display = ("word", "created_at", "silhouette", "exemplars")
    list_filter = ("word",)
    readonly_fields = ("exemplars",)

    class Media:
        css = {"all": ["generation/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Clustering]:
        queryset = super().get_queryset(request).select_related("word")
        return queryset.prefetch_related("clusters__members__web_image")

    @admin.display(description=_("clusters, nearest to the centre first"))
    def exemplars(self, clustering: models.Clustering) -> SafeString:
        rows = (
            (cluster.index, _pictures(cluster.members.all()))
            for cluster in clustering.clusters.all()
        )
        return format_html_join("", '<div class="exemplars">{}: {}</div>', rows)


def _pictures(members: Iterable[models.ClusterMember]) -> SafeString:
    return format_html_join(" ", "{}", ((picture(m.web_image.file, 48),) for m in members))
