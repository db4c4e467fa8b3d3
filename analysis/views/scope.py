"""What a page is about, and what every page of results shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from analysis import filters, frames, reports
from analysis.frames import Cell, Frame, People, Selected, Selection
from analysis.live import live
from analysis.peeking import PValues, p_values
from analysis.plan import Plan, plan_of
from analysis.plan_text import PlanCard, plan_card
from analysis.selecting import SelectionError, selection_of
from analysis.standing import Shows, Standing, standing
from survey.models import Study

View = Callable[..., HttpResponseBase]

_NOT_YOURS = _(
    "Only a study’s own researchers and admins see its results. One of them can add you."
)


@dataclass(frozen=True)
class Scope:
    """A study, its answers as they are now, and those of them that the page counts."""

    request: HttpRequest
    study: Study
    plan: Plan | None
    frame: Frame
    selection: Selection
    conditions: list[str]

    @cached_property
    def selected(self) -> Selected:
        return self.frame.select(self.selection)

    @cached_property
    def cells(self) -> list[Cell]:
        """The questions of the condition, or all."""
        return frames.cells(self.selected)

    @cached_property
    def everything(self) -> list[Cell]:
        """The questions of all conditions."""
        return frames.cells(self.of_all_conditions)

    @cached_property
    def of_all_conditions(self) -> Selected:
        return self.frame.select(replace(self.selection, condition=""))

    @property
    def condition(self) -> str:
        return self.selection.condition

    @cached_property
    def keep(self) -> str:
        """What links to other pages carry, so that they are about the same answers."""
        asked = self.request.GET
        pairs = [(n, value) for n in filters.NAMES for value in asked.getlist(n) if value]
        return f"?{urlencode(pairs)}" if pairs else ""

    @cached_property
    def people(self) -> People:
        return frames.people(self.selected)

    @cached_property
    def p(self) -> PValues:
        """Whether p values are shown to who asks, by all answers that the study counts."""
        counted = frames.people(frames.counted_in(self.frame, self.study))
        return p_values(self.study, self.request.user, counted=counted)

    @cached_property
    def card(self) -> PlanCard:
        return plan_card(self.study, peeks=self.p.peeks, selection=self.selection)

    def standing(self, shows: Shows, word: str = "") -> Standing:
        return standing(self.plan, shows, self.selection, word)


def page(view: View) -> View:
    """A page of results: read-only, and for those who sign in. `study_of` says whether theirs."""
    return require_safe(staff_member_required(view, login_url=settings.LOGIN_URL))


def study_of(request: HttpRequest, slug: str) -> Study:
    """The study of the address, if it is one of whoever asks; the only way for a page to it.

    Raises Http404, and PermissionDenied for somebody else's study.
    """
    study = Study.objects.filter(slug=slug).noting_of(request.user).first()
    if study is None:
        raise Http404(slug)
    if not (study.is_theirs or request.user.has_perm("survey.every_study")):
        raise PermissionDenied(_NOT_YOURS)
    return study


def scope_of(request: HttpRequest, slug: str) -> Scope:
    """What the address is about; Http404 for a study or a value that is not there."""
    study = study_of(request, slug)
    frame, plan = frames.load(study), plan_of(study)
    conditions = reports.conditions(frame.layout.cells)
    try:
        selection = selection_of(request.GET, study, plan, conditions)
    except SelectionError as error:
        raise Http404(str(error)) from error
    return Scope(request, study, plan, frame, selection, conditions)


def position_in(values: Sequence[object], wanted: object) -> int:
    try:
        return values.index(wanted)
    except ValueError as error:
        raise Http404(f"{wanted} is not part of this study") from error


def show(request: HttpRequest, name: str, scope: Scope, **context: Any) -> HttpResponse:
    study = scope.study
    shared = {
        "study": study,
        "people": scope.people,
        "page": name,
        "landing": request.build_absolute_uri(reverse("survey:landing", args=[study.slug])),
        # One condition is nothing to choose from.
        "conditions": scope.conditions if len(scope.conditions) > 1 else [],
        "condition": scope.condition,
        "keep": scope.keep,
        "p": scope.p,
        "bar": filters.bar(
            request, study, scope.selected,
            has_plan=scope.plan is not None and scope.plan.frozen_at is not None,
        ),
        "live": live(scope.frame, scope.selected, study),
    }  # fmt: skip
    return render(request, f"analysis/{name}.html", shared | context)
