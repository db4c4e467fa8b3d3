"""The list of people, and taking somebody's data out when they ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from jobs.querysets import keys_of
from survey.admin.filters import FlagFilter, StateFilter
from survey.admin.own import OwnStudiesFilter, RowsOfOwnStudies
from survey.models import Participant, Trial
from survey.services.withdraw import withdraw

_TAKES_OUT = "survey.delete_participant"
_MOST = 200  # people who are withdrawn at once


@admin.register(Participant)
class ParticipantAdmin(RowsOfOwnStudies):
    list_display = [
        "__str__", "state", "answers", "failed", "pages", "origin", "study", "started", "finished",
        "condition", "language", "version",
    ]  # fmt: skip
    list_filter = [
        ("study", OwnStudiesFilter), "origin", StateFilter, FlagFilter, "condition", "language",
        "version",
    ]  # fmt: skip
    list_select_related = ["study", "condition"]
    search_fields = ["label", "completion_code", "recruiter_id"]
    search_help_text = _("completion code, recruiter’s id, or the label of a pilot")
    date_hierarchy = "started_at"
    actions = ["take_out"]
    exclude = ["seed"]
    change_form_template = "survey/participant_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        given = Trial.objects.answered().filter(participant=OuterRef("pk")).order_by()
        failed = given.filter(question__kind="catch", chosen__is_target=False)
        return (
            super()
            .get_queryset(request)
            .annotate(given=_count(given), failed_catches=_count(failed))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Participant], search_term: str
    ) -> tuple[QuerySet[Participant], bool]:
        """A code is found as people write it: with hyphens, spaces, small letters."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if code := "".join(search_term.split()).replace("-", "").upper():
            found = found | queryset.filter(completion_code=code)
        return found, may_repeat

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_out_page)
        return [
            path("withdraw/", view, name="survey_participant_withdraw"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"may_take_out": request.user.has_perm(_TAKES_OUT), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def has_take_out_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(_TAKES_OUT)

    @admin.action(description=_("Withdraw: delete their data…"), permissions=["take_out"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Participant]) -> HttpResponse:
        """Asks first: there is no way back. Their keys have to fit into an address."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True))
        if len(keys) > _MOST:
            told = _("Expected at most %(most)d people at once, got %(got)d: nobody was withdrawn.")
            self.message_user(request, told % {"most": _MOST, "got": len(keys)}, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        query = urlencode([("pk", pk) for pk in keys])
        return HttpResponseRedirect(reverse("admin:survey_participant_withdraw") + f"?{query}")

    def take_out_page(self, request: HttpRequest) -> HttpResponse:
        """What would be deleted, and whether it is to be."""
        if not request.user.has_perm(_TAKES_OUT):
            raise PermissionDenied
        return _asked(self, request)

    @admin.display(description=_("state"))
    def state(self, person: Participant) -> str:
        if person.finished_at:
            return str(_("finished"))
        return str(_("left") if person.left_at else _("under way"))

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, person: Participant) -> str:
        return _moment(person.started_at)

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, person: Participant) -> str:
        return _moment(person.finished_at)

    @admin.display(description=_("answers"), ordering="given")
    def answers(self, person: Any) -> int:
        return int(person.given)

    @admin.display(description=_("failed catch questions"), ordering="failed_catches")
    def failed(self, person: Any) -> int:
        return int(person.failed_catches)

    @admin.display(description=_("pages"))
    def pages(self, person: Participant) -> SafeString:
        return format_html(
            '<a href="{}?participant__id__exact={}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:survey_trial_changelist"),
            person.pk,
            pgettext_lazy("link", "Answers"),
            f"/results/{person.study.slug}/people/{person.pk}/",
            _("Results"),
        )


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else "–"


def _count(trials: QuerySet[Trial]) -> Coalesce:
    counted = trials.values("participant").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def _asked(own: ParticipantAdmin, request: HttpRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    wanted = keys_of(sent.getlist("pk"))
    people: list[Any] = list(
        own.get_queryset(request)
        .filter(pk__in=wanted)
        .select_related("study")
        .annotate(judged=Count("familiarities"))
        .order_by("study", "pk")
    )
    if not people:
        messages.warning(request, _("Nobody was chosen who is still there."))
        return HttpResponseRedirect(reverse("admin:survey_participant_changelist"))
    if request.method != "POST":
        context = {
            **admin.site.each_context(request),
            "title": _("Withdraw people"),
            "people": people,
            "answers": sum(person.given for person in people),
        }
        return TemplateResponse(request, "survey/take_out.html", context)
    if "confirmed" not in request.POST:
        messages.error(request, _("Nothing is deleted: tick the box to confirm it."))
        query = urlencode([("pk", person.pk) for person in people])
        return HttpResponseRedirect(f"{request.path}?{query}")
    taken = list(_taken_out(people))
    text = ngettext(
        "%(n)d person was withdrawn, with %(answers)d answers.",
        "%(n)d people were withdrawn, with %(answers)d answers.",
        len(taken),
    )
    messages.success(request, text % {"n": len(taken), "answers": sum(taken)})
    return HttpResponseRedirect(reverse("admin:survey_withdrawal_changelist"))


def _taken_out(people: Sequence[Participant]) -> Iterator[int]:
    """How many answers each had."""
    for person in people:
        try:
            yield withdraw(participant=person).answers
        except Participant.DoesNotExist:  # they did it themselves in this moment
            continue
