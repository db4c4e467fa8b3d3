"""How free web images are, in lists: a filter, and a mark."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from generation.models import LicenceStanding, WebImage


class StandingFilter(admin.SimpleListFilter):
    title = _("licence")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(each.value, each.label) for each in LicenceStanding]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted is None or wanted not in LicenceStanding.values:
            return queryset
        images = WebImage.objects.standing(wanted)
        return queryset.filter(pk__in=images.order_by().values("pk"))


def mark(image: WebImage) -> SafeString | str:
    """The licence, and what stands against changing an image of it."""
    if image.standing == LicenceStanding.FREE:
        return image.licence
    why = image.standing.label
    return format_html("{} <small>⚠ {}</small>", image.licence, why)
