"""Jobs and their items: how far they are, why they failed, calling off and trying again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from jobs import models
from jobs.querysets import count_items
from jobs.services.ask import cancel, retry


class _ReadOnly(admin.ModelAdmin):
    """Rows that only the work itself changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _retry(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        count = retry(items)
        told = ngettext("%(n)d is queued again.", "%(n)d are queued again.", count)
        self.message_user(request, told % {"n": count})

    def _cancel(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        count = cancel(items)
        told = ngettext("%(n)d was called off.", "%(n)d were called off.", count)
        self.message_user(request, told % {"n": count})


class _CountedJobs(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        count_items(self.result_list)


@admin.register(models.Job)
class JobAdmin(_ReadOnly):
    list_display = ("__str__", "state", "its_items", "asked_by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("asked_by",)
    fields = ("kind", "about", "state", "its_items", "priority", "asked_by", "created_at")
    readonly_fields = ("state", "its_items")
    actions = ("call_off", "try_again")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _CountedJobs

    @admin.display(description=_("state"))
    def state(self, job: models.Job) -> str:
        return str(job.state.label)

    @admin.display(description=_("items"))
    def its_items(self, job: models.Job) -> SafeString:
        """Done and all, as a link to their list; and those that failed, to theirs."""
        counts = job.counts
        shown = [(f"{counts['done']} / {sum(counts.values())}", "")]
        if failed := counts["failed"]:
            text = ngettext("%(n)d failed", "%(n)d failed", failed) % {"n": failed}
            shown.append((text, "&state__exact=failed"))
        address = f"{reverse('admin:jobs_item_changelist')}?job__id__exact={job.pk}"
        links = ((address + more, text) for text, more in shown)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.action(description=_("Call off"), permissions=["view"])
    def call_off(self, request: HttpRequest, jobs: QuerySet[models.Job]) -> None:
        self._cancel(request, models.Item.objects.filter(job__in=jobs))

    @admin.action(description=_("Try again what failed or was called off"), permissions=["view"])
    def try_again(self, request: HttpRequest, jobs: QuerySet[models.Job]) -> None:
        self._retry(request, models.Item.objects.filter(job__in=jobs))


@admin.register(models.Item)
class ItemAdmin(_ReadOnly):
    list_display = ("__str__", "job", "state", "attempts", "stage", "done", "total",
                    "finished_at", "reason")  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("job",)
    fields = ("job", "label", "state", "attempts", "priority", "parameters", "stage", "done",
              "total", "outcome", "created_at", "started_at", "finished_at", "error")  # fmt: skip
    actions = ("call_off", "try_again")

    @admin.display(description=_("error"))
    def reason(self, item: models.Item) -> str:
        return item.reason

    @admin.action(description=_("Call off"), permissions=["view"])
    def call_off(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        self._cancel(request, items)

    @admin.action(description=_("Try again what failed or was called off"), permissions=["view"])
    def try_again(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        self._retry(request, items)
