"""The page of models, agreement and reliability, whose figures are computed by jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from analysis import computations, computed, model_charts, model_reports, strength_charts
from analysis.computations import Asked
from analysis.computed import Choices, Mixed
from analysis.model_reports import PhotoStrengths
from analysis.standing import Shows
from analysis.stats import NotEstimable
from analysis.stats.agreement import Agreement
from analysis.views.scope import Scope, page, position_in, scope_of, show
from analysis.views.work import HowFar, how_far
from analysis.work import CHOICES, MIXED

_HOW = ("question", "content")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: its result, if there is one, and what is under way."""

    name: str
    asked: Asked
    how_far: HowFar | None

    @property
    def result(self) -> Any:
        return computed.read(self.asked.shown.result) if self.asked.shown else None

    @property
    def again_in(self) -> int | None:
        """Seconds until newer answers may be taken into account."""
        if self.asked.again_at is None:
            return None
        return max(1, round((self.asked.again_at - timezone.now()).total_seconds()))


@page
def models(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    how = request.GET.get("strengths", "")
    if how:
        position_in(_HOW, how)
    answered = len(scope.selected.answers)
    asked: dict[str, Asked] = {}
    if answered:
        wanted = computed.inputs(scope.selected)
        user: Any = request.user
        asked = computations.ask((CHOICES, MIXED), wanted, asked_by=user)
    far = how_far(each.running for each in asked.values())
    parts = {
        name: Part(name, each, far[each.running.pk] if each.running else None)
        for name, each in asked.items()
    }
    return show(
        request,
        "models",
        scope,
        answered=answered,
        question_count=len(scope.frame.layout.cells),
        standing=scope.standing(Shows.OTHER),
        parts=parts,
        is_under_way=any(each.running for each in asked.values()),
        **_mixed(parts[MIXED].result if answered else None, scope),
        **_choices(parts[CHOICES].result if answered else None, scope, how),
    )


def _mixed(found: Mixed | None, scope: Scope) -> dict[str, Any]:
    if found is None:
        return {}
    report = model_reports.mixed_report(found, scope.frame.layout)
    if isinstance(report, NotEstimable):
        return {"mixed": report}
    return {"mixed": report, "words_chart": model_charts.words_chart(report)}


def _choices(found: Choices | None, scope: Scope, how: str) -> dict[str, Any]:
    if found is None:
        return {}
    lines = model_reports.agreement_lines(found)
    is_known = any(isinstance(line.found, Agreement) for line in lines)
    return {
        "agreement": lines,
        "agreement_chart": model_charts.agreement_chart(lines) if is_known else None,
        "reliability": found.reliability,
    } | _strengths(found, scope, how)


def _strengths(found: Choices, scope: Scope, how: str) -> dict[str, Any]:
    """In closed form where there is one, or as asked."""
    has_closed_form = model_reports.has_closed_form(found)
    layout, how = scope.frame.layout, how or ("question" if has_closed_form else "content")
    photographs = (
        model_reports.strengths_by_question(found, layout)
        if how == "question"
        else model_reports.strengths_by_content(found, layout)
    )
    return {"how": how, "photographs": _with_charts(photographs)}


def _with_charts(photographs: Sequence[PhotoStrengths]) -> list[tuple[PhotoStrengths, Any]]:
    return [
        (each, None if each.why_not else strength_charts.strengths_chart(each, index))
        for index, each in enumerate(photographs)
        if each.why_not or each.targets.lines or each.lures.lines
    ]
