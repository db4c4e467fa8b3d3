"""The page of one stimulus, which other pages show in a dialog as a fragment."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from analysis.stimuli import details
from analysis.views.scope import page, scope_of, show


@page
def stimulus(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    scope = scope_of(request, slug)
    found = details(scope.study, scope.selected, pk)
    if found is None:
        raise Http404(f"stimulus {pk} is not part of this study")
    context = {
        "details": found,
        "word": found.image.cluster.word,
        "may_view": request.user.has_perm("generation.view_webimage"),
    }
    if "fragment" in request.GET:
        shared = {"study": scope.study, "keep": scope.keep}
        return render(request, "analysis/_stimulus.html", shared | context)
    return show(request, "stimulus", scope, **context)
