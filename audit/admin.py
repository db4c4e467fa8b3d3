"""The log, to read."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.models import Entry
from audit.read_only import ReadOnlyAdmin


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("number", "action", "about", "by_name", "at", "short")
    list_filter = ("action", "at")
    search_fields = ("by_name", "about", "action")
    date_hierarchy = "at"
    fields = ("number", "at", "by_name", "action", "about", "all_facts", "previous", "sha256")
    readonly_fields = ("all_facts",)
    show_full_result_count = False

    @admin.display(description=_("facts"))
    def short(self, entry: Entry) -> str:
        text = ", ".join(f"{name}: {value}" for name, value in entry.facts.items())
        return text if len(text) <= 120 else f"{text[:120]}…"

    @admin.display(description=_("facts"))
    def all_facts(self, entry: Entry) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(entry.facts, indent=2, ensure_ascii=False))
