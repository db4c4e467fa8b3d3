"""Pages of what goes with what: words, photographs and textures, the machine and people."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from analysis import relation_charts as charts
from analysis import relations
from analysis.relations.predictions import stimulus_rows, votes_of
from analysis.standing import Shows
from analysis.stats import NotEstimable
from analysis.views.scope import Scope, page, position_in, scope_of, show

# What the colours of the confusion matrix stand for.
EXPOSURES, COUNTS = "exposures", "counts"


@page
def confusion(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    shows = request.GET.get("show") or EXPOSURES
    if shows not in (EXPOSURES, COUNTS):
        raise Http404(f"show: expected {EXPOSURES} or {COUNTS}, got {shows}")
    found = relations.confusions(scope.selected)
    context: dict[str, Any] = {"confusions": found, "as_counts": shows == COUNTS}
    if not isinstance(found, NotEstimable):
        context["chart"] = charts.confusion_chart(found, as_counts=shows == COUNTS)
    return show(request, "confusion", scope, **_common(scope), **context)


@page
def compatibility(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    measures = relations.read_measures(scope.frame.layout)
    found = relations.suitability(scope.selected, measures)
    wanted = request.GET.get("word") or (found.words[0].word.reading if found.words else "")
    context: dict[str, Any] = {"suitability": found, "measures": measures}
    if found.answers:
        readings = [table.word.reading for table in found.words]
        table = found.words[position_in(readings, wanted)]
        context |= {
            "table": table,
            "accuracy_map": charts.accuracy_map(found),
            "cluster_map": charts.cluster_map(table),
            **_predictions(scope, measures),
        }
    return show(request, "compatibility", scope, **_common(scope), **context)


def _predictions(scope: Scope, measures: relations.Measures) -> dict[str, Any]:
    votes = votes_of(scope.selected)
    if isinstance(votes, NotEstimable) or not measures.are_stored:
        return {"why_no_shares": votes}
    rows = stimulus_rows(scope.selected, votes, measures)
    found = relations.predictions(scope.selected, measures)
    drawn = [
        (each, charts.measure_chart(each.measure, place, rows)) for place, each in enumerate(found)
    ]
    return {"predictions": drawn, "stimuli": rows}


@page
def machine(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    measures = relations.read_measures(scope.frame.layout)
    found = relations.machine(scope.selected, measures)
    context: dict[str, Any] = {"machine": found, "scored": measures.scored}
    if not isinstance(found, NotEstimable) and found.rows:
        context["chart"] = charts.machine_chart(found)
    return show(request, "machine", scope, **_common(scope), **context)


def _common(scope: Scope) -> dict[str, Any]:
    return {
        "answered": len(scope.selected.answers),
        "question_count": len(scope.frame.layout.cells),
        "standing": scope.standing(Shows.OTHER),
    }
