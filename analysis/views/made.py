"""Files that take too long for a reply: what there is of them, asking for one, and fetching it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from analysis import made
from analysis.made import Found, Wish
from analysis.report import QUICK_ANSWERS
from analysis.views.scope import Scope, page, scope_of, study_of
from analysis.views.work import HowFar, how_far

# Measured on one core of an AMD EPYC: 69,000 rows are Parquet in 2.0 s and a Psych-DS folder in
# 1.3 s; 500 images of 300 KB are a zip in about as long. The CSV is sent while it is read, so that
# no number of rows is too large for a reply.
LARGE_ROWS, LARGE_IMAGES = 60_000, 500
_NAMES = {
    "parquet": made.PARQUET,
    "psych_ds": made.PSYCH_DS,
    "stimuli": made.STIMULI,
    "report": made.HTML,
}


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A file of the page of the data that the worker makes."""

    slug: str
    name: str
    found: Found
    how_far: HowFar | None


def large_files(request: HttpRequest, scope: Scope) -> dict[str, LargeFile]:
    """Those of the page that are too large to be made while somebody waits; by three queries."""
    rows, images = len(scope.selected), len(scope.frame.layout.images)
    is_large = {
        "parquet": rows >= LARGE_ROWS,
        "psych_ds": rows >= LARGE_ROWS,
        "stimuli": images >= LARGE_IMAGES,
        "report": len(scope.selected.answers) >= QUICK_ANSWERS,
    }
    slugs = [slug for slug, is_so in is_large.items() if is_so]
    found = made.find([_wish(request, scope, slug) for slug in slugs], scope.frame)
    far = how_far(each.running for each in found)
    return {
        slug: LargeFile(slug, _NAMES[slug], each, far[each.running.pk] if each.running else None)
        for slug, each in zip(slugs, found, strict=True)
    }


@require_POST
@staff_member_required(login_url=settings.LOGIN_URL)
def make(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Ask for a file of what the filters of the address count, and go back to the page."""
    if name not in _NAMES:
        raise Http404(f"expected one of {', '.join(_NAMES)}, got {name}")
    scope = scope_of(request, slug)
    user: Any = request.user
    made.ask(_wish(request, scope, name), asked_by=user)
    return redirect(f"{reverse('analysis:exports', args=[slug])}{scope.keep}")


@page
def download(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """A file that was made; one of somebody else's p values is not there."""
    study = study_of(request, slug)
    found = get_object_or_404(made.offered(study).select_related("item", "study"), pk=pk)
    if found.item.parameters.get("reader") not in (None, request.user.pk):
        raise Http404(f"no file {pk} of {slug}")
    try:
        file = found.file.open()
    except FileNotFoundError as error:
        raise Http404(f"the file {pk} of {slug} is not stored any more") from error
    response = FileResponse(file, as_attachment=True, filename=str(found))
    response["Cache-Control"] = "private, no-store"
    return response


def _wish(request: HttpRequest, scope: Scope, slug: str) -> Wish:
    wish = Wish(study=scope.study, name=_NAMES[slug], selection=scope.selection)
    if wish.name != made.HTML:
        return wish
    return Wish(
        study=scope.study, name=wish.name, selection=scope.selection, reader=request.user.pk,
        language=get_language() or settings.LANGUAGE_CODE,
    )  # fmt: skip
