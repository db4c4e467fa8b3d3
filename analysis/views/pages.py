"""The pages of results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy

from analysis import charts, condition_charts, frames, reports, sources
from analysis.comparison import compare
from analysis.spreadsheets import stream
from analysis.standing import Shows
from analysis.views.scope import page, position_in, scope_of, show, study_of
from analysis.word_figures import Method, content_columns, word_figures
from generation.models import LicenceStanding
from survey.models import Study
from survey.services.attribution import attribution as attribution_of

_METHODS = {
    Method.CLUSTERED: gettext_lazy("clustered by participant"),
    Method.WILSON: gettext_lazy("Wilson"),
    Method.EXACT: gettext_lazy("Clopper–Pearson"),
}


@page
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    headline = reports.headline(scope.cells, frames.scores(scope.selected))
    return show(
        request,
        "overview",
        scope,
        headline=headline,
        answered=headline.answers,
        question_count=len(scope.everything),
        origins=frames.origins(scope.selected),
        card=scope.card,
        standing=scope.standing(Shows.OVERALL),
    )


@page
def words(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    cells = reports.about_words(scope.cells)
    method = _method(request)
    rows = word_figures(scope.selected, method)
    return show(
        request,
        "words",
        scope,
        rows=rows,
        method=method,
        methods=_METHODS,
        standing=scope.standing(Shows.WORDS),
        total=reports.pooled(cells),
        chart=charts.words_chart(rows),
        answered=sum(cell.answers for cell in cells),
        question_count=len(scope.everything),
    )


@page
def word(request: HttpRequest, slug: str, reading: str) -> HttpResponse:
    scope = scope_of(request, slug)
    labels = reports.readings(scope.cells)
    place = position_in([label.reading for label in labels], reading)
    tables = frames.vote_tables(scope.selected, reading=reading, cells=scope.cells)
    return show(
        request,
        "word",
        scope,
        word=labels[place],
        standing=scope.standing(Shows.NAMED, reading),
        tables=[reports.counted(table) for table in tables],
        total=reports.pooled(cell for table in tables for cell in table.columns),
        **_neighbours(labels, place),
    )


@page
def contents(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    cells = reports.about_words(scope.cells)
    method = _method(request)
    columns = content_columns(scope.selected, method)
    return show(
        request,
        "contents",
        scope,
        columns=columns,
        method=method,
        methods=_METHODS,
        standing=scope.standing(Shows.OTHER),
        charts=list(zip(columns, charts.content_charts(columns), strict=True)),
        rows=reports.by_word(columns),
        answered=sum(cell.answers for cell in cells),
        question_count=len(scope.everything),
    )


@page
def conditions(request: HttpRequest, slug: str) -> HttpResponse:
    """The conditions side by side, against the one of the address, or else the first."""
    scope = scope_of(request, slug)
    if len(scope.conditions) < 2:
        raise Http404(f"study {slug} has one condition")
    baseline = request.GET.get("baseline") or scope.conditions[0]
    position_in(scope.conditions, baseline)
    is_paired = scope.study.design == Study.Design.WITHIN
    answers = frames.answers(scope.of_all_conditions)
    comparison = compare(scope.everything, answers, baseline=baseline, is_paired=is_paired)
    return show(
        request,
        "conditions",
        scope,
        comparison=comparison,
        standing=scope.standing(Shows.CONDITIONS),
        is_paired=is_paired,
        marks=condition_charts.marks(comparison),
        chart=condition_charts.conditions_chart(comparison),
        answered=sum(cell.answers for cell in reports.about_words(scope.everything)),
        question_count=len(scope.everything),
    )


@page
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    cells = scope.cells
    wanted = {key: request.GET.get(key, "") for key in ("word", "content")}
    shown = reports.filtered(cells, **wanted)
    return show(
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


@page
def question(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    scope = scope_of(request, slug)
    cells = scope.cells
    place = position_in([cell.index for cell in cells], index)
    return show(
        request,
        "question",
        scope,
        row=reports.estimated(cells[place]),
        against_chance=reports.against_chance([cells[place]]),
        options=frames.option_votes(scope.of_all_conditions, index=index),
        elsewhere=reports.elsewhere(scope.everything, cells[place]),
        count=len(cells),
        **_neighbours(cells, place),
    )


@page
def attribution(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    found = attribution_of(study=scope.study)
    wanted = request.GET.get("standing", "")
    if wanted:
        position_in(LicenceStanding.values, wanted)
    return show(
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


@page
def attribution_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = study_of(request, slug)
    found = attribution_of(study=study)
    return stream(f"{slug}-attribution.csv", sources.COLUMNS, sources.rows(found))


def _method(request: HttpRequest) -> Method:
    """How the address wants intervals to be made."""
    wanted = request.GET.get("interval") or Method.CLUSTERED
    position_in([str(each) for each in Method], wanted)
    return Method(wanted)


def _neighbours(things: Sequence[Any], place: int) -> dict[str, Any]:
    return {
        "previous": things[place - 1] if place else None,
        "next": things[place + 1] if place + 1 < len(things) else None,
    }
