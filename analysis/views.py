"""The results of a study, for its researchers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from analysis import charts, condition_charts, frames, reports, sources
from analysis.comparison import compare
from analysis.frames import Cell
from analysis.spreadsheets import stream
from generation.models import LicenceStanding
from survey.models import Study
from survey.services.attribution import attribution as attribution_of

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


def _page(view: View) -> View:
    """A page of results: read-only, and for staff alone."""
    return require_safe(staff_member_required(view, login_url=settings.LOGIN_URL))


def _scope(request: HttpRequest, slug: str) -> Scope:
    """The condition of the address; a study of one condition is all of that condition."""
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    conditions = reports.conditions(cells)
    wanted = request.GET.get("condition", "")
    if wanted:
        _place(conditions, wanted)
    return Scope(study, cells, conditions, wanted if len(conditions) > 1 else "")


@_page
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope(request, slug)
    scores = frames.scores(scope.study, scope.condition)
    headline = reports.headline(scope.cells, scores)
    return _render(
        request,
        "overview",
        scope,
        headline=headline,
        answered=headline.answers,
        question_count=len(scope.everything),
        origins=frames.origins(scope.study, scope.condition),
    )


@_page
def words(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope(request, slug)
    cells = reports.about_words(scope.cells)
    rows = reports.words(cells)
    return _render(
        request,
        "words",
        scope,
        rows=rows,
        total=reports.pooled(cells),
        chart=charts.words_chart(rows),
        answered=sum(cell.answers for cell in cells),
        question_count=len(scope.everything),
    )


@_page
def word(request: HttpRequest, slug: str, reading: str) -> HttpResponse:
    scope = _scope(request, slug)
    labels = reports.readings(scope.cells)
    place = _place([label.reading for label in labels], reading)
    tables = frames.vote_tables(scope.study, reading=reading, cells=scope.cells)
    return _render(
        request,
        "word",
        scope,
        word=labels[place],
        tables=[reports.counted(table) for table in tables],
        total=reports.pooled(cell for table in tables for cell in table.columns),
        **_neighbours(labels, place),
    )


@_page
def contents(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope(request, slug)
    cells = reports.about_words(scope.cells)
    columns = reports.contents(cells)
    return _render(
        request,
        "contents",
        scope,
        columns=columns,
        charts=list(zip(columns, charts.content_charts(columns), strict=True)),
        rows=reports.by_word(columns),
        answered=sum(cell.answers for cell in cells),
        question_count=len(scope.everything),
    )


@_page
def conditions(request: HttpRequest, slug: str) -> HttpResponse:
    """The conditions side by side, against the one of the address, or else the first."""
    scope = _scope(request, slug)
    if len(scope.conditions) < 2:
        raise Http404(f"study {slug} has one condition")
    baseline = request.GET.get("baseline") or scope.conditions[0]
    _place(scope.conditions, baseline)
    is_paired = scope.study.design == Study.Design.WITHIN
    answers = frames.answers(scope.study)
    comparison = compare(scope.everything, answers, baseline=baseline, is_paired=is_paired)
    return _render(
        request,
        "conditions",
        scope,
        comparison=comparison,
        is_paired=is_paired,
        marks=condition_charts.marks(comparison),
        chart=condition_charts.conditions_chart(comparison),
        answered=sum(cell.answers for cell in reports.about_words(scope.everything)),
        question_count=len(scope.everything),
    )


@_page
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope(request, slug)
    cells = scope.cells
    wanted = {key: request.GET.get(key, "") for key in ("word", "content")}
    shown = reports.filtered(cells, **wanted)
    return _render(
        request,
        "questions",
        scope,
        rows=[reports.estimated(cell) for cell in shown],
        words=reports.readings(cells),
        contents=sorted({cell.content.name for cell in cells}),
        has_catches=any(not cell.word for cell in cells),
        wanted=wanted,
        catch=reports.CATCH,
        all_count=len(cells),
    )


@_page
def question(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    scope = _scope(request, slug)
    cells = scope.cells
    place = _place([cell.index for cell in cells], index)
    return _render(
        request,
        "question",
        scope,
        row=reports.estimated(cells[place]),
        against_chance=reports.against_chance([cells[place]]),
        options=frames.option_votes(scope.study, index=index),
        elsewhere=reports.elsewhere(scope.everything, cells[place]),
        count=len(cells),
        **_neighbours(cells, place),
    )


@_page
def attribution(request: HttpRequest, slug: str) -> HttpResponse:
    scope = _scope(request, slug)
    found = attribution_of(study=scope.study)
    wanted = request.GET.get("standing", "")
    if wanted:
        _place(LicenceStanding.values, wanted)
    return _render(
        request,
        "attribution",
        scope,
        sources=sources.sources(found, wanted),
        counts=sources.counts(found),
        total=len(found.web_images),
        photographs=found.photographs,
        imported=found.imported,
        standing=wanted,
        unknown=LicenceStanding.UNKNOWN.label,
        may_view=request.user.has_perm("generation.view_webimage"),
        question_count=len(scope.everything),
    )


@_page
def attribution_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = get_object_or_404(Study, slug=slug)
    found = attribution_of(study=study)
    return stream(f"{slug}-attribution.csv", sources.COLUMNS, sources.rows(found))


def _place(values: Sequence[object], wanted: object) -> int:
    try:
        return values.index(wanted)
    except ValueError as error:
        raise Http404(f"{wanted} is not part of this study") from error


def _neighbours(things: Sequence[Any], place: int) -> dict[str, Any]:
    return {
        "previous": things[place - 1] if place else None,
        "next": things[place + 1] if place + 1 < len(things) else None,
    }


def _render(request: HttpRequest, page: str, scope: Scope, **context: Any) -> HttpResponse:
    landing = request.build_absolute_uri(reverse("survey:landing", args=[scope.study.slug]))
    shared = {
        "study": scope.study,
        "people": frames.people(scope.study, scope.condition),
        "page": page,
        "landing": landing,
        # One condition is nothing to choose from.
        "conditions": scope.conditions if len(scope.conditions) > 1 else [],
        "condition": scope.condition,
        "keep": scope.keep,
    }
    return render(request, f"analysis/{page}.html", shared | context)
