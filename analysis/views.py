"""The results of a study, for its researchers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from analysis import charts, frames, reports
from survey.models import Study

View = Callable[..., HttpResponse]


def _page(view: View) -> View:
    """A page of results: read-only, and for staff alone."""
    return require_safe(staff_member_required(view, login_url=settings.LOGIN_URL))


@_page
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    headline = reports.headline(cells, frames.scores(study))
    return _render(
        request,
        "overview",
        study,
        headline=headline,
        answered=headline.answers,
        question_count=len(cells),
        origins=frames.origins(study),
    )


@_page
def words(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    all_cells = frames.cells(study)
    cells = reports.about_words(all_cells)
    rows = reports.words(cells)
    return _render(
        request,
        "words",
        study,
        rows=rows,
        total=reports.pooled(cells),
        chart=charts.words_chart(rows),
        answered=sum(cell.answers for cell in cells),
        question_count=len(all_cells),
    )


@_page
def word(request: HttpRequest, slug: str, reading: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    labels = reports.readings(cells)
    place = _place([label.reading for label in labels], reading)
    table = frames.vote_table(study, reading=reading, cells=cells)
    return _render(
        request,
        "word",
        study,
        word=labels[place],
        columns=[reports.estimated(cell) for cell in table.columns],
        votes=table.rows,
        total=reports.pooled(table.columns),
        others=sum(cell.others for cell in table.columns),
        **_neighbours(labels, place),
    )


@_page
def contents(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    all_cells = frames.cells(study)
    cells = reports.about_words(all_cells)
    columns = reports.contents(cells)
    return _render(
        request,
        "contents",
        study,
        columns=columns,
        charts=list(zip(columns, charts.content_charts(columns), strict=True)),
        rows=reports.by_word(columns),
        answered=sum(cell.answers for cell in cells),
        question_count=len(all_cells),
    )


@_page
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    wanted = {key: request.GET.get(key, "") for key in ("word", "content")}
    shown = reports.filtered(cells, **wanted)
    return _render(
        request,
        "questions",
        study,
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
    study = get_object_or_404(Study, slug=slug)
    cells = frames.cells(study)
    place = _place([cell.index for cell in cells], index)
    return _render(
        request,
        "question",
        study,
        row=reports.estimated(cells[place]),
        against_chance=reports.against_chance([cells[place]]),
        options=frames.option_votes(study, index=index),
        count=len(cells),
        **_neighbours(cells, place),
    )


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


def _render(request: HttpRequest, page: str, study: Study, **context: Any) -> HttpResponse:
    landing = request.build_absolute_uri(reverse("survey:landing", args=[study.slug]))
    shared = {"study": study, "people": frames.people(study), "page": page, "landing": landing}
    return render(request, f"analysis/{page}.html", shared | context)
