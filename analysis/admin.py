"""Imported studies: to look at and to remove; `manage.py import_votes` brings them in."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analysis.models import ImportedStudy
from audit.read_only import UneditedAdmin


@admin.register(ImportedStudy)
class ImportedStudyAdmin(UneditedAdmin):
    list_display = ["slug", "name", "kind", "participants", "imported_at", "results"]
    list_filter = ["kind"]
    search_fields = ["slug", "citation"]
    fields = [
        "slug", "name", "results", "kind", "participants", "citation", "url", "licence",
        "sha256", "imported_at",
    ]  # fmt: skip

    @admin.display(description=_("title"))
    def name(self, study: ImportedStudy) -> str:
        return study.name

    @admin.display(description=_("results"))
    def results(self, study: ImportedStudy) -> SafeString:
        address = reverse("analysis:overview", args=[study.slug])
        return format_html('<a href="{}">{}</a>', address, gettext("See the results"))
