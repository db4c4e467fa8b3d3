"""A word's desk: its images by cluster, what is left out and why, and clustering them again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from generation.admin.access import View, allowed
from generation.forms import ClusterForm
from generation.models import Clustering, StyleCluster, WebImage, Word
from generation.nst.errors import WeightsError
from generation.services.compare import compare
from generation.services.curate import CurationError, Gallery, exclude, gallery, include
from generation.services.desk import CLUSTER, ask_cluster, last_asked
from generation.services.next_run import NextRun, next_run, shown_parameters
from jobs.live import part
from jobs.querysets import keys_of

REASONS = (
    gettext_lazy("not this texture"),
    gettext_lazy("no texture to be seen"),
    gettext_lazy("text or a logo"),
    gettext_lazy("drawn or rendered"),
    gettext_lazy("several textures"),
    gettext_lazy("poor quality"),
)


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Below the words' own addresses."""
    pages: dict[str, View] = {
        "curate": page, "exclude": change, "use": use, "cluster": cluster_again,
        "compare": side_by_side, "job": how_far,
    }  # fmt: skip
    return [
        path(f"<int:pk>/{name}/", site.admin_view(view), name=f"generation_word_{name}")
        for name, view in pages.items()
    ]


@require_safe
@allowed("view_webimage")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    word = get_object_or_404(Word, pk=pk)
    clusterings = list(_clusterings(word))
    shown = _shown(request, clusterings)
    seen = gallery(word=word, clustering=shown)
    parameters = shown_parameters(shown)
    words = list(Word.objects.all())
    place = words.index(word)
    context = {
        **admin.site.each_context(request),
        "title": str(word),
        "word": word,
        "previous": words[place - 1] if place else None,
        "next": words[place + 1] if place + 1 < len(words) else None,
        "clusterings": clusterings,
        "shown": shown,
        "is_last": bool(clusterings) and shown == clusterings[0],
        "before": _before(clusterings, shown),
        "seen": seen,
        "form": ClusterForm(initial=parameters),
        "reasons": REASONS,
        "job": last_asked(CLUSTER, str(word.pk)),
        **_told_next(seen, shown, parameters),
        **_may(request),
    }
    return TemplateResponse(request, "generation/curate.html", context)


@require_safe
@allowed("view_webimage")
def how_far(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves while the word is being clustered."""
    word = get_object_or_404(Word, pk=pk)
    return part(request, "generation/_job.html", {"job": last_asked(CLUSTER, str(word.pk))})


@require_POST
@allowed("change_webimage")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Exclude or include the images named; tells a script what is true now, or goes back."""
    word = get_object_or_404(Word, pk=pk)
    ids = keys_of(request.POST.getlist("image"))
    if not ids:
        return _answer(request, word, error=_("No image was chosen."))
    why, user = request.POST.get("why", ""), request.user
    try:
        if request.POST.get("action") == "include":
            told = _included(include(word=word, ids=ids))
        else:
            told = _excluded(exclude(word=word, ids=ids, by=user, why=why), why)  # type: ignore[arg-type]
    except CurationError:
        gone = _("Nothing was changed: an image is not among the kept ones of this word any more.")
        return _answer(request, word, error=gone)
    _log(request, word, told)
    return _answer(request, word, told=told, ids=ids)


def _excluded(count: int, why: str) -> str:
    told = ngettext("%(n)d image excluded", "%(n)d images excluded", count) % {"n": count}
    return f"{told}: {why}" if why else told


def _included(count: int) -> str:
    return ngettext("%(n)d image included", "%(n)d images included", count) % {"n": count}


def _answer(
    request: HttpRequest,
    word: Word,
    *,
    told: str = "",
    error: str = "",
    ids: list[int] | None = None,
) -> HttpResponse:
    if not request.accepts("text/html"):
        if error:
            return JsonResponse({"error": error}, status=409)
        clusterings = list(_clusterings(word))
        shown = _shown(request, clusterings)
        seen = gallery(word=word, clustering=shown)
        context = {"shown": shown, **_told_next(seen, shown, shown_parameters(shown))}
        return JsonResponse(
            {
                "told": told,
                "images": {i.pk: _note(i) for i in seen.images if i.pk in (ids or ())},
                "next": render_to_string("generation/_next_run.html", context, request),
                "excluded": {g.cluster.pk: g.excluded for g in seen.groups},
            }
        )
    messages.add_message(request, messages.ERROR if error else messages.SUCCESS, error or told)
    query = request.GET.urlencode()
    address = reverse("admin:generation_word_curate", args=[word.pk])
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


def _note(image: WebImage) -> dict[str, Any]:
    return {
        "excluded": image.excluded_at is not None,
        "why": image.excluded_why,
        "note": render_to_string("generation/_excluded.html", {"image": image}).strip(),
    }


@require_POST
@allowed("change_stylecluster")
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a cluster out of use, or into use again."""
    word = get_object_or_404(Word, pk=pk)
    clusters = StyleCluster.objects.filter(clustering__word=word)
    cluster = get_object_or_404(clusters, pk=_number(request.POST.get("cluster")))
    cluster.in_use = not cluster.in_use
    cluster.save(update_fields=["in_use"])
    told = (
        _("Cluster %(index)d is in use.")
        if cluster.in_use
        else _("Cluster %(index)d is out of use.")
    ) % {"index": cluster.index}
    _log(request, word, told)
    messages.success(request, told)
    return HttpResponseRedirect(_address(word, cluster.clustering_id, f"#cluster-{cluster.index}"))


@require_POST
@allowed("add_clustering")
def cluster_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a clustering, which the worker makes."""
    word = get_object_or_404(Word, pk=pk)
    form = ClusterForm(request.POST)
    if not form.is_valid():
        for field, errors in form.errors.items():
            label = form.fields[field].label if field in form.fields else ""
            messages.error(request, f"{label}: {' '.join(map(str, errors))}")
        return HttpResponseRedirect(_address(word))
    user: User = request.user  # type: ignore[assignment]
    _item, new = ask_cluster(word=word, parameters=form.cleaned_data, asked_by=user)
    if not new:
        messages.info(request, _("A clustering of this word is asked for already."))
    return HttpResponseRedirect(_address(word, anchor="#job"))


@require_safe
@allowed("view_webimage")
def side_by_side(request: HttpRequest, pk: int) -> HttpResponse:
    word = get_object_or_404(Word, pk=pk)
    clusterings = list(_clusterings(word))
    by_key = {str(clustering.pk): clustering for clustering in clusterings}
    after = by_key.get(request.GET.get("after", "")) or (clusterings[0] if clusterings else None)
    before = by_key.get(request.GET.get("before", "")) or _before(clusterings, after)
    if after is None or before is None:
        raise Http404(f"{word} has fewer than two clusterings")
    context = {
        **admin.site.each_context(request),
        "title": str(word),
        "word": word,
        "clusterings": clusterings,
        "found": compare(before=before, after=after),
    }
    return TemplateResponse(request, "generation/compare.html", context)


def _clusterings(word: Word) -> Any:
    """Those of web images, the one in use first."""
    own = word.clusterings.exclude(descriptor=Clustering.IMPORTED)
    return own.prefetch_related("clusters").order_by("-chosen_at", "-pk")


def _shown(request: HttpRequest, clusterings: list[Clustering]) -> Clustering | None:
    """The clustering of the address, or the one in use."""
    wanted = request.GET.get("clustering", "")
    if not wanted:
        return clusterings[0] if clusterings else None
    for clustering in clusterings:
        if str(clustering.pk) == wanted:
            return clustering
    raise Http404(f"there is no clustering {wanted} of this word")


def _before(clusterings: list[Clustering], shown: Clustering | None) -> Clustering | None:
    """What was in use before the one that is shown."""
    later = clusterings.index(shown) + 1 if shown in clusterings else len(clusterings)
    return clusterings[later] if later < len(clusterings) else None


def _told_next(
    seen: Gallery, shown: Clustering | None, parameters: dict[str, Any]
) -> dict[str, NextRun | str | None]:
    try:
        return {"run": next_run(seen=seen, shown=shown, parameters=parameters), "problem": ""}
    except WeightsError as error:  # a backbone's file that is missing, of which the doctor tells
        return {"run": None, "problem": str(error)}


def _may(request: HttpRequest) -> dict[str, bool]:
    names = {
        "exclude": "change_webimage",
        "use": "change_stylecluster",
        "cluster": "add_clustering",
    }
    return {
        f"may_{name}": request.user.has_perm(f"generation.{permission}")
        for name, permission in names.items()
    }


def _address(word: Word, clustering: int | None = None, anchor: str = "") -> str:
    query = f"?clustering={clustering}" if clustering else ""
    return reverse("admin:generation_word_curate", args=[word.pk]) + query + anchor


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _log(request: HttpRequest, word: Word, told: str) -> None:
    admin.site._registry[Word].log_change(request, word, told)
