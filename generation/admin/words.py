"""Words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from generation import models
from generation.admin import curation, style_map
from generation.admin.display import percent
from generation.admin.removal import GuardedAdmin
from generation.forms import WordForm


@admin.register(models.Word)
class WordAdmin(GuardedAdmin):
    form = WordForm
    change_list_template = "generation/word_list.html"
    list_display = ("text", "desk", "reading", "gloss", "kept", "consistent")
    search_fields = ("text", "reading", "gloss")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Word]:
        kept = Count("web_images", filter=Q(web_images__state="ok"))
        # How many words were told apart, on each row, because a list has one query.
        measured = models.Word.objects.exclude(consistency=None).order_by()
        compared = measured.annotate(one=Value(1)).values("one").annotate(n=Count("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(kept=kept, compared=Subquery(compared.values("n")))
        )

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [*style_map.urls(site), *curation.urls(site), *super().get_urls()]

    @admin.display(description=_("curate"))
    def desk(self, word: models.Word) -> SafeString:
        page = reverse("admin:generation_word_curate", args=[word.pk])
        return format_html('<a href="{}">{}</a>', page, _("images and clusters"))

    @admin.display(description=_("images kept"), ordering="kept")
    def kept(self, word: Any) -> int:
        return int(word.kept)

    @admin.display(description=_("consistency"), ordering="consistency")
    def consistent(self, word: Any) -> str:
        if word.consistency is None:
            return "—"
        return _("%(share)s (chance %(chance)s)") % {
            "share": percent(word.consistency), "chance": percent(1 / word.compared),
        }  # fmt: skip
