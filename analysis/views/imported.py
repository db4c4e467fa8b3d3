"""The results of a study that was made elsewhere, at the address of a study's overview."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from analysis import charts, reports
from analysis.imported import report
from analysis.models import ImportedStudy
from analysis.views import pages
from analysis.views.scope import page


@page
def overview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A study's overview; where there is no study, the imported one of this slug."""
    try:
        return pages.overview(request, slug)
    except Http404:
        study = ImportedStudy.objects.filter(slug=slug).first()
        if study is None or not request.user.has_perm("analysis.view_importedstudy"):
            raise
        return imported(request, study)


def imported(request: HttpRequest, study: ImportedStudy) -> HttpResponseBase:
    found = report(study)
    columns = reports.contents(found.cells)
    context = {
        "study": study,
        "report": found,
        "chart": charts.words_chart([word.row for word in found.words]),
        "charts": list(zip(columns, charts.content_charts(columns), strict=True)),
        "by_content": reports.by_word(columns),
        "columns": columns,
    }
    return render(request, "analysis/imported.html", context)
