"""Jobs and their items: how far they are, why they failed, calling off and trying again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.read_only import ReadOnlyAdmin
from jobs import models
from jobs.kinds import KINDS
from jobs.live import part
from jobs.querysets import count_items
from jobs.services.ask import cancel, retry
from jobs.services.overview import overview
from jobs.templatetags.jobs import quoted, stage


class KindFilter(admin.SimpleListFilter):
    """The kinds that there is work of, in words."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        there = model_admin.model.objects.order_by("kind").values_list("kind", flat=True)
        names = there.distinct()
        return [(name, KINDS[name].label if name in KINDS else name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class _OfAsked(ReadOnlyAdmin):
    """Who does not look after jobs sees those that they asked for; `asked_by` leads to who did."""

    asked_by = "asked_by"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if request.user.has_perm("jobs.change_job"):
            return found
        return found.filter(**{self.asked_by: request.user.pk})

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
class JobAdmin(_OfAsked):
    list_display = ("__str__", "state", "its_items", "asked_by", "created_at")
    list_filter = (KindFilter,)
    list_select_related = ("asked_by",)
    actions = ("call_off", "try_again")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _CountedJobs

    def get_urls(self) -> list[Any]:
        progress = self.admin_site.admin_view(self.progress_view)
        return [path("<int:pk>/progress/", progress, name="jobs_job_progress"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """How far the job is; the two buttons of the page post to it."""
        job = self._visible(request, object_id)
        if request.method == "POST":
            wanted = request.POST.get("do", "")
            do = {"call_off": self._cancel, "try_again": self._retry}.get(wanted)
            if do is None:
                raise SuspiciousOperation(f"expected call_off or try_again, got {wanted!r}")
            do(request, job.items.all())
            return redirect("admin:jobs_job_change", job.pk)
        context = {"job": job, "found": overview(job), "title": str(job), "opts": self.opts}
        return render(request, "jobs/job.html", self.admin_site.each_context(request) | context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that moves; nothing is sent where nothing moved."""
        job = self._visible(request, str(pk))
        return part(request, "jobs/_progress.html", {"job": job, "found": overview(job)})

    def _visible(self, request: HttpRequest, pk: str) -> models.Job:
        job = self.get_object(request, pk)
        if job is None:
            raise Http404(f"no job {pk}")
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        return cast(models.Job, job)

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
class ItemAdmin(_OfAsked):
    asked_by = "job__asked_by"
    list_display = ("__str__", "state", "reason", "job", "attempts", "how_far", "finished_at")
    list_filter = ("state", KindFilter)
    list_select_related = ("job",)
    fields = ("job", "label", "state", "attempts", "priority", "parameters", "how_far",
              "its_outcome", "created_at", "started_at", "finished_at", "whole_error")  # fmt: skip
    readonly_fields = ("how_far", "its_outcome", "whole_error")
    actions = ("call_off", "try_again")

    @admin.display(description=_("stage"))
    def how_far(self, item: models.Item) -> str:
        name = stage(item.stage)
        return f"{name} {item.done} / {item.total}".strip() if item.total else name

    @admin.display(description=_("error"))
    def reason(self, item: models.Item) -> SafeString:
        return quoted(item.reason)

    @admin.display(description=_("error"))
    def whole_error(self, item: models.Item) -> str:
        return quoted(item.error) or "—"

    @admin.display(description=_("outcome"))
    def its_outcome(self, item: models.Item) -> str:
        return quoted(item.outcome) or "—"

    @admin.action(description=_("Call off"), permissions=["view"])
    def call_off(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        self._cancel(request, items)

    @admin.action(description=_("Try again what failed or was called off"), permissions=["view"])
    def try_again(self, request: HttpRequest, items: QuerySet[models.Item]) -> None:
        self._retry(request, items)


@admin.register(models.Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("host", "pid", "engine", "slots", "started_at", "beat_at", "does")

    @admin.display(description=_("does"))
    def does(self, worker: models.Worker) -> str:
        """How many items of which kinds it has in its hands."""
        held = models.Item.objects.filter(owner=worker.name, state="leased")
        counts = held.order_by("kind").values_list("kind").annotate(n=Count("pk"))
        told = [f"{KINDS[kind].label if kind in KINDS else kind} ({n})" for kind, n in counts]
        return ", ".join(told) or "—"
