"""What a page is about, and what every page of results shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from analysis import frames, reports
from analysis.frames import Cell
from survey.models import Study

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page is about: a study, and one of its conditions, or "" for all together."""

    study: Study
    everything: list[Cell]
    conditions: list[str]
    condition: str

    @property
    def cells(self) -> list[Cell]:
        return reports.of_condition(self.everything, self.condition)

    @property
    def keep(self) -> str:
        """What a link carries, so that the next page is about the same condition."""
        return f"?{urlencode({'condition': self.condition})}" if self.condition else ""


def page(view: View) -> View:
    """A page of results: read-only, and for staff alone."""
    return require_safe(staff_member_required(view, login_url=settings.LOGIN_URL))


def scope_of(request: HttpRequest, slug: str) -> Scope:
    """The condition of the address; a study of one condition is all of that condition."""
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    conditions = reports.conditions(cells)
    wanted = request.GET.get("condition", "")
    if wanted:
        position_in(conditions, wanted)
    return Scope(study, cells, conditions, wanted if len(conditions) > 1 else "")


def position_in(values: Sequence[object], wanted: object) -> int:
    try:
        return values.index(wanted)
    except ValueError as error:
        raise Http404(f"{wanted} is not part of this study") from error


def show(request: HttpRequest, name: str, scope: Scope, **context: Any) -> HttpResponse:
    landing = request.build_absolute_uri(reverse("survey:landing", args=[scope.study.slug]))
    shared = {
        "study": scope.study,
        "people": frames.people(scope.study, scope.condition),
        "page": name,
        "landing": landing,
        # One condition is nothing to choose from.
        "conditions": scope.conditions if len(scope.conditions) > 1 else [],
        "condition": scope.condition,
        "keep": scope.keep,
    }
    return render(request, f"analysis/{name}.html", shared | context)
