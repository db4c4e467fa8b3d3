"""The page of response times, loading times and positions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from analysis import timing_charts as charts
from analysis.charts import word_label
from analysis.frames import Selected
from analysis.frames.measured import measured
from analysis.person import strengths
from analysis.stats.intervals import NotEstimable
from analysis.stats.positions import Positions
from analysis.stats.spread import Spread
from analysis.timing import CellRow, Found, Timing, timing, use_of_cells
from analysis.views.scope import Scope, page, scope_of, show

# Up to so many answers the grids are read without asking: that takes a second.
_QUICK = 60_000


@page
def times(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    found = scope.selected.once(timing)
    return show(
        request,
        "timing",
        scope,
        answered=len(scope.selected.answers),
        question_count=len(scope.frame.layout.cells),
        timing=found,
        measured=measured(scope.selected),
        **({} if isinstance(found, NotEstimable) else _charts(scope, found)),
        **_positions(scope, is_asked=request.GET.get("targets") == "1"),
    )


def _charts(scope: Scope, found: Timing) -> dict[str, object]:
    layout = scope.frame.layout
    asked = {question.word for question in layout.asked}
    words = [
        (word_label(label), each)
        for i, (label, each) in enumerate(zip(layout.words, found.words, strict=True))
        if i in asked
    ]
    names = [content.name for content in layout.contents]
    contents = list(zip(names, found.contents, strict=True))
    words, contents = sorted(words, key=_quickest), sorted(contents, key=_quickest)
    return {
        "words": words,
        "contents": contents,
        "bins": charts.bins(found.histogram),
        "parts": [(charts.span(part), part.spread) for part in found.course],
        "histogram_chart": charts.histogram_chart(found.histogram),
        "words_chart": charts.spread_chart("words-chart", _("Response times of each word"), words),
        "contents_chart": charts.spread_chart(
            "contents-chart", _("Response times of each photograph"), contents
        ),
        "course_chart": charts.course_chart(found.course),
    }


def _positions(scope: Scope, *, is_asked: bool) -> dict[str, object]:
    """Where the targets stood is in every answer's grid; of very many, only when asked for."""
    selected = scope.selected
    with_targets = is_asked or len(selected.answers) <= _QUICK
    use = selected.kept(_with_targets) if with_targets else selected.once(use_of_cells)
    if isinstance(use, NotEstimable):
        return {"positions": use}
    found, rows = use
    strong = strengths([row.chosen for row in rows])
    return {
        "positions": found,
        "cells": rows,
        "chosen": list(zip(rows, strong, strict=True)),
        "with_targets": with_targets,
    }


def _with_targets(selected: Selected) -> tuple[Positions, list[CellRow]] | NotEstimable:
    return use_of_cells(selected.grids())


def _quickest(row: tuple[str, Found]) -> tuple[float, str]:
    label, found = row
    return (found.median if isinstance(found, Spread) else float("inf")), label
