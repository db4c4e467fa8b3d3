"""A study's report as a file that is opened, printed and kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from analysis.report import QUICK_ANSWERS, Asked, build, render
from analysis.views.scope import page, scope_of


@page
@never_cache
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """Of what the filters of the address count.

    The mixed model of very many answers takes too long for a page: the report then says how to
    get it.
    """
    scope = scope_of(request, slug)
    asked = Asked(scope.study, scope.frame, scope.plan, scope.selection, scope.p)
    is_quick = len(scope.selected.answers) < QUICK_ANSWERS
    response = HttpResponse(render(build(asked, with_mixed=is_quick)))
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'inline; filename="{slug}-report-{day}.html"'
    return response
