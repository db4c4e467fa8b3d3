"""Jobs that were asked for on a page."""

from __future__ import annotations

from django.contrib import admin

from generation import models
from generation.admin.display import ReadOnlyAdmin


@admin.register(models.Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "word", "state", "stage", "done", "total", "asked_by", "created_at",
                    "finished_at", "reason")  # fmt: skip
    list_filter = ("state", "kind", "word")
    list_select_related = ("word", "asked_by")
    exclude = ("not_before", "fence")
