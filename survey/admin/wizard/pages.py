"""The pages of the steps, below the studies' own addresses."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.models import ContentImage, Word
from jobs.live import part
from jobs.services.workers import waits_for_nobody
from survey.admin.wizard.names import NameForm, first_names
from survey.admin.wizard.review import finish, reviewed
from survey.admin.wizard.walk import STEPS, Walk, errors_of
from survey.models import Study, StudyDraft
from survey.services.offers import have_made, under_way
from survey.services.sizing import MINUTES_AROUND, SECONDS_A_QUESTION

_MAKES = "generation.add_stylisedimage"
# Buttons that keep what was typed without asking whether it is right.
_STAYS = frozenset({"_keep", "_goto", "_show", "_make", "_figures"})
_SEEDS = 2**31
_methods = require_http_methods(["GET", "HEAD", "POST"])
View = Callable[..., HttpResponse]


def urls(site: admin.AdminSite) -> list[URLPattern]:
    return [
        path("setting-up/<int:pk>/<slug:step>/", site.admin_view(step_page),
             name="survey_study_step"),
        path("setting-up/being-made/", site.admin_view(being_made), name="survey_study_being_made"),
        path("setting-up/<int:pk>/", site.admin_view(draft_page), name="survey_study_draft"),
    ]  # fmt: skip


def begin(request: HttpRequest) -> HttpResponse:
    """The first step of a new study; there is a draft of it once it was sent.

    The page may be sent twice, as by a double click or after going back: by its seed that is the
    same draft.
    """
    draft = _begun(_user(request), request.POST.get("_begun", ""))
    walk = Walk(draft)
    if request.method == "POST":
        walk.keep("name", request.POST, checked=True)
        if "_keep" in request.POST and not (request.POST.get("slug") or any(_titles(request))):
            return HttpResponse(status=204)  # nothing was typed that could be lost
        draft.save()
        if "_keep" in request.POST or not walk.form("name").is_valid():
            return HttpResponseRedirect(_address(draft, "name"))
        return HttpResponseRedirect(_address(draft, walk.after("name")))
    form = NameForm(initial=first_names(None))
    return _show(request, walk, "name", {"form": form, "told": False})


def _begun(user: User, seed: str) -> StudyDraft:
    """The user's new study that was begun with this seed, or one that is not stored yet."""
    wanted = int(seed) if seed.isdecimal() and len(seed) <= len(str(_SEEDS)) else 0
    if not 0 < wanted < _SEEDS:
        return StudyDraft(user=user, seed=random.randrange(1, _SEEDS))
    found = StudyDraft.objects.filter(user=user, purpose=StudyDraft.Purpose.NEW, seed=wanted)
    return found.first() or StudyDraft(user=user, seed=wanted)


def begin_change(request: HttpRequest, study: Study, purpose: StudyDraft.Purpose) -> HttpResponse:
    """The steps for a study that is there; those that were begun already go on."""
    user = _user(request)
    draft = StudyDraft.objects.filter(user=user, study=study, purpose=purpose).first()
    if draft is None:
        draft = StudyDraft.objects.create(user=user, study=study, purpose=purpose, seed=study.seed)
    return HttpResponseRedirect(_address(draft, "name"))


@never_cache
@_methods
def step_page(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    draft = _own_draft(request, pk)
    if draft is None:
        return _gone(request)
    walk = Walk(draft)
    if step not in walk.steps:
        raise Http404(step)
    if request.method == "POST":
        return _posted(request, walk, step)
    if blocked := walk.open_before(step):
        messages.warning(request, _("Complete this step first."))
        return HttpResponseRedirect(_address(draft, blocked) + "?check=1")
    if step == "review":
        return _show(request, walk, step, reviewed(walk, request))
    told = step in draft.answers and (walk.is_checked(step) or "check" in request.GET)
    return _show(request, walk, step, {"form": walk.form(step), "told": told})


def being_made(request: HttpRequest) -> HttpResponse:
    """The part of the second step that moves: the stimuli that wait or are being made."""
    if not admin.site._registry[Study].has_add_permission(request):
        raise PermissionDenied
    return part(request, "jobs/_under_way.html", _being_made())


def _being_made() -> dict[str, Any]:
    return {"work": under_way(), "lacks_worker": waits_for_nobody()}


def _posted(request: HttpRequest, walk: Walk, step: str) -> HttpResponse:
    draft, data = walk.draft, request.POST
    if step == "review":
        return _reviewed(request, walk)
    moves_on = not _STAYS & data.keys()
    walk.keep(step, data, checked=moves_on)
    if "_figures" in data:  # of what is chosen this moment; it is not kept
        return TemplateResponse(request, "survey/setup/_figures.html", _figures(walk))
    draft.save(update_fields=["answers", "changed_at"])
    if "_keep" in data:
        return HttpResponse(status=204)
    if "_make" in data:
        _have_made(request, walk, data["_make"])
    return HttpResponseRedirect(_next(walk, step, moves_on, str(data.get("_goto", ""))))


def _next(walk: Walk, step: str, moves_on: bool, wanted: str) -> str:
    """Where it goes after a step was kept: on only from one that is done."""
    if wanted in walk.steps:
        return _address(walk.draft, wanted)
    if not moves_on:
        return _address(walk.draft, step) + "#choices"
    if walk.open_before(step) or not walk.is_done(step):
        return _address(walk.draft, step)
    return _address(walk.draft, walk.after(step))


def _reviewed(request: HttpRequest, walk: Walk) -> HttpResponse:
    if (wanted := request.POST.get("_goto")) in walk.steps:
        return HttpResponseRedirect(_address(walk.draft, str(wanted)))
    if walk.open_before("review"):  # something changed since the page was opened
        return HttpResponseRedirect(_address(walk.draft, "review"))
    study = finish(request, walk)
    if study is None:
        return HttpResponseRedirect(_address(walk.draft, "review"))
    return HttpResponseRedirect(reverse("admin:survey_study_link", args=[study.pk]))


@_methods
def draft_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes on at the first step that is not done. Posted to, the draft alone is thrown away, never
    a study.
    """
    draft = _own_draft(request, pk)
    if draft is None:
        return _gone(request)
    if request.method != "POST":
        step = Walk(draft).open_before("review") or "review"
        return HttpResponseRedirect(_address(draft, step))
    named = str(draft)
    draft.delete()
    messages.success(request, _("What was typed of %(name)s is discarded.") % {"name": named})
    return HttpResponseRedirect(reverse("admin:survey_study_changelist"))


def _have_made(request: HttpRequest, walk: Walk, wanted: str) -> None:
    """The stimuli that a word lacks on all photographs, or a photograph of all words."""
    if not request.user.has_perm(_MAKES):
        raise PermissionDenied
    form = walk.form("stimuli")
    words, contents = list(form.offer.words), list(form.offer.contents)
    kind, _colon, name = wanted.partition(":")
    if kind == "word":
        words = [get_object_or_404(Word, reading=name)]
    else:
        contents = [get_object_or_404(ContentImage, name=name)]
    recipes = [recipe for recipe in form.made_by if recipe.name in form.chosen("recipes")]
    job = have_made(
        words=words, contents=contents, recipes=recipes, licence=form.demand,
        asked_by=_user(request),
    )  # fmt: skip
    if job is None:
        messages.info(request, _("There is nothing to make that is not queued already."))
        return
    count = job.items.count()
    text = ngettext("%(n)d stimulus is queued.", "%(n)d stimuli are queued.", count)
    messages.success(request, text % {"n": count})


def _show(request: HttpRequest, walk: Walk, step: str, more: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and not walk.draft.pk:
        raise Http404
    form = more.get("form")
    context = {
        **admin.site.each_context(request),
        "title": _title(walk.draft),
        "draft": walk.draft,
        "study": walk.draft.study,
        "step": step,
        "steps": _steps(walk, step),
        "number": walk.steps.index(step) + 1,
        "before": walk.before(step),
        "may_make": request.user.has_perm(_MAKES),
        **_figures(walk, step),
        **more,
    }
    if step == "stimuli" and form is not None and form.offer.waiting:
        context |= _being_made()
    if form is not None and more.get("told"):
        form.is_valid()
        context["wrong"] = errors_of(form)
        context["tells_plan"] = step == "texts" and form.tells_plan
    template = f"survey/setup/{step}.html"
    return TemplateResponse(request, template, context)


def _figures(walk: Walk, step: str = "design") -> dict[str, Any]:
    """What the choices so far come to."""
    if step not in ("stimuli", "design", "review") or "stimuli" not in walk.steps:
        return {}
    return {
        "size": walk.size(),
        "seconds": SECONDS_A_QUESTION,
        "minutes_around": MINUTES_AROUND,
    }


def _steps(walk: Walk, step: str) -> list[dict[str, Any]]:
    """For the list of steps: those that can be gone to are done, or come after all that are."""
    if not walk.draft.pk:
        return [{"name": n, "label": STEPS[n], "here": n == step} for n in walk.steps]
    return [
        {
            "name": name,
            "label": STEPS[name],
            "here": name == step,
            "done": walk.is_done(name),
            "open": not walk.open_before(name),
        }
        for name in walk.steps
    ]


def _title(draft: StudyDraft) -> str:
    if draft.study is None:
        return _("New study")
    if draft.study.live_at:
        return _("New version of %(study)s") % {"study": draft.study}
    return _("Change %(study)s") % {"study": draft.study}


def _own_draft(request: HttpRequest, pk: int) -> StudyDraft | None:
    """Nobody sees another one's. Somebody may have lost the right to the study since."""
    draft = StudyDraft.objects.filter(user=_user(request), pk=pk).select_related("study").first()
    if draft is None:
        return None
    model_admin = admin.site._registry[Study]
    if draft.study is None:
        allowed = model_admin.has_add_permission(request)
    else:
        own = model_admin.get_queryset(request).filter(pk=draft.study_id).exists()
        allowed = own and model_admin.has_change_permission(request)
    if not allowed:
        raise PermissionDenied
    return draft


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("These steps are over: the study was stored, or what was typed was discarded.")
    messages.info(request, text)
    return HttpResponseRedirect(reverse("admin:survey_study_changelist"))


def _address(draft: StudyDraft, step: str) -> str:
    return reverse("admin:survey_study_step", args=[draft.pk, step])


def _titles(request: HttpRequest) -> list[str]:
    return [str(text) for name, text in request.POST.items() if name.startswith("title_")]


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
