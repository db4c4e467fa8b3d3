"""Pages of a study that is there: its link, a copy of it, a new version, and what changed."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from survey.admin.labels import in_words
from survey.admin.wizard.pages import begin_change
from survey.admin.wizard.review import told
from survey.errors import SurveyError
from survey.models import Participant, Study, StudyDraft, StudyVersion
from survey.services.set_up import duplicate
from survey.services.versions import changes, met, under_way


def urls(site: admin.AdminSite) -> list[URLPattern]:
    return [
        path("<int:pk>/link/", site.admin_view(link), name="survey_study_link"),
        path("<int:pk>/duplicate/", site.admin_view(duplicate_page),
             name="survey_study_duplicate"),
        path("<int:pk>/version/", site.admin_view(version), name="survey_study_version"),
        path("<int:pk>/versions/", site.admin_view(versions), name="survey_study_versions"),
    ]  # fmt: skip


@require_safe
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """The link that participants come by."""
    study = _study(request, pk)
    address = request.build_absolute_uri(reverse("survey:landing", args=[study.slug]))
    recruited = "&".join(f"{name}=…" for name in study.recruiter_parameters)
    return _page(request, "survey/setup/link.html", study, {
        "title": _("The link for participants"),
        "address": address,
        "recruited": f"{address}?{recruited}" if recruited else "",
    })  # fmt: skip


@require_POST
def duplicate_page(request: HttpRequest, pk: int) -> HttpResponse:
    study = _study(request, pk)
    copy = copy_of(request, study)
    shown = copy or study
    return HttpResponseRedirect(reverse("admin:survey_study_change", args=[shown.pk]))


def copy_of(request: HttpRequest, study: Study) -> Study | None:
    """A duplicate, of which is told what it has and what it has not; None where there is none."""
    model_admin = admin.site._registry[Study]
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    try:
        copy = duplicate(study=study, user=cast(User, request.user))
    except SurveyError as error:
        text = _("The study %(study)s was not duplicated: %(reason)s")
        messages.error(request, text % {"study": study, "reason": in_words(error)})
        return None
    model_admin.log_addition(request, copy, f"{study} duplicated")
    text = _(
        "The new draft %(copy)s has the stimuli, design, texts and plan of %(study)s, and a seed "
        "of its own. Not copied: answers, people, versions, invitations, dates, the address after "
        "completion; its plan is not frozen."
    )
    messages.success(request, text % {"copy": copy, "study": study})
    return copy


@require_http_methods(["GET", "HEAD", "POST"])
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """Which kind of change is wanted, and what it means; the steps follow."""
    study = _study(request, pk)
    if not admin.site._registry[Study].has_change_permission(request, study):
        raise PermissionDenied
    if request.method == "POST":
        wanted = request.POST.get("purpose")
        texts, questions = StudyDraft.Purpose.TEXTS, StudyDraft.Purpose.QUESTIONS
        return begin_change(request, study, questions if wanted == questions else texts)
    return _page(request, "survey/setup/version.html", study, {
        "title": _("New version") if study.live_at else _("Change the draft"),
        "under_way": under_way(study),
        "next_version": study.version + 1,
    })  # fmt: skip


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version, and what changed between two of them."""
    study = _study(request, pk)
    kept = list(study.versions.order_by("-version"))
    people = _people(study)
    numbers = {str(each.version): each for each in kept}
    after = numbers.get(request.GET.get("after", "")) or (kept[0] if kept else None)
    before = numbers.get(request.GET.get("before", "")) or _earlier(kept, after)
    return _page(request, "survey/setup/versions.html", study, {
        "title": _("Versions"),
        "versions": [(each, people.get(each.version, 0)) for each in kept],
        "before": before,
        "after": after,
        "compared": _compared(before, after) if before and after else None,
    })  # fmt: skip


def _earlier(kept: list[StudyVersion], after: StudyVersion | None) -> StudyVersion | None:
    return next((each for each in kept if after and each.version < after.version), None)


def _people(study: Study) -> dict[int, int]:
    """How many began with each version."""
    began = study.participants.exclude(origin=Participant.Origin.PREVIEW).order_by()
    return dict(began.values_list("version").annotate(n=Count("pk")))


def _compared(before: StudyVersion, after: StudyVersion) -> dict[str, Any]:
    old, new = met(before), met(after)
    return {
        "changes": [told(each) for each in changes(old, new)],
        "is_whole": old.asked is not None and new.asked is not None,
    }


def _study(request: HttpRequest, pk: int) -> Study:
    """Of those that the user sees in the list."""
    model_admin = admin.site._registry[Study]
    study: Study = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    if not model_admin.has_view_permission(request, study):
        raise PermissionDenied
    return study


def _page(request: HttpRequest, template: str, study: Study, more: dict[str, Any]) -> HttpResponse:
    context = {**admin.site.each_context(request), "study": study, **more}
    return TemplateResponse(request, template, context)
