"""The stimuli of photographs: what to make of them, and how they come."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_POST, require_safe

from generation.admin.access import View, allowed
from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage
from generation.services.contents import make_for
from generation.services.made import made_of, stamp_of
from generation.uses import needs
from jobs.models import Item
from jobs.querysets import keys_of
from jobs.services.ask import retry

ALL = "all"


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Below the photographs' own addresses."""
    pages: dict[str, View] = {"stimuli": page, "made": part, "make": make, "try-again": try_again}
    return [
        path(
            f"stimuli/{name}/" if name != "stimuli" else "stimuli/",
            site.admin_view(view),
            name=f"generation_contentimage_{name.replace('-', '_')}",
        )
        for name, view in pages.items()
    ]


def parts_of(request: HttpRequest, contents: list[ContentImage]) -> dict[str, Any]:
    """What the shared parts of a page about these photographs show."""
    query = "&".join(f"content={content.pk}" for content in contents)
    may_make = request.user.has_perm("generation.add_contentimage")
    return {
        "contents": contents,
        "made": made_of(contents),
        "made_page": f"{reverse('admin:generation_contentimage_made')}?{query}",
        "may_make": may_make,
        **(_choices(_user(request)) if may_make else {}),
    }


def _choices(user: User) -> dict[str, Any]:
    """What can be made: for the user's studies, and for every word there is."""
    clusters = list(StyleCluster.objects.in_use().values_list("clustering__word", flat=True))
    recipes = list(Recipe.objects.in_use())
    return {
        "needs": needs(user),
        "all_words": len(set(clusters)),
        "all_clusters": len(clusters),
        "all_recipes": recipes,
        "all_images": len(clusters) * len(recipes),
    }


@require_safe
@allowed("view_contentimage")
def page(request: HttpRequest) -> HttpResponse:
    """Masks, what to make, and the stimuli as they come, of several photographs."""
    contents = _asked(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Make stimuli"),
        "may_change": request.user.has_perm("generation.change_contentimage"),
        "query": "&".join(f"content={content.pk}" for content in contents),
        **parts_of(request, contents),
    }
    return TemplateResponse(request, "generation/making.html", context)


def _etag(request: HttpRequest) -> str:
    may_make = request.user.has_perm("generation.add_contentimage")
    shown = f"{get_language()}-{may_make:d}-{request.GET.get('back') == 'change':d}"
    return f'"{stamp_of(_asked(request))}-{shown}"'


@require_safe
@allowed("view_contentimage")
@cache_control(private=True, no_cache=True)
@condition(etag_func=_etag)
def part(request: HttpRequest) -> HttpResponse:
    """The stimuli alone, which an open page asks for again and again."""
    contents = _asked(request)
    may_make = request.user.has_perm("generation.add_contentimage")
    back = "change" if request.GET.get("back") == "change" else ""
    made = made_of(contents)
    context = {"contents": contents, "made": made, "may_make": may_make, "back": back}
    return TemplateResponse(request, "generation/_made.html", context)


@require_POST
@allowed("add_contentimage")
def make(request: HttpRequest) -> HttpResponse:
    """Queue what the chosen studies need, or everything."""
    contents, chosen = _asked(request), set(request.POST.getlist("for"))
    user = _user(request)
    wanted = [need for need in needs(user) if need.key in chosen]
    if ALL not in chosen and not wanted:
        messages.error(request, _("Choose what the stimuli are to be made for."))
        return _back(request, contents)
    count = make_for(contents=contents, needs=None if ALL in chosen else wanted, asked_by=user)
    if count:
        told = ngettext("%(n)d stimulus is queued.", "%(n)d stimuli are queued.", count)
        messages.success(request, told % {"n": count})
    else:
        messages.info(request, _("All of these are there already, or were asked for before."))
    return _back(request, contents)


@require_POST
@allowed("add_contentimage")
def try_again(request: HttpRequest) -> HttpResponse:
    """Queue one failed stimulus again, or all failed ones of these photographs."""
    contents = _asked(request)
    rows = StylisedImage.objects.filter(content__in=contents)
    if image := request.POST.get("image", ""):
        rows = rows.filter(pk__in=keys_of([image]))
    count = retry(Item.objects.filter(stylised__in=rows, state=Item.State.FAILED))
    told = ngettext("%(n)d stimulus is queued again.", "%(n)d stimuli are queued again.", count)
    messages.success(request, told % {"n": count})
    return _back(request, contents)


def _asked(request: HttpRequest) -> list[ContentImage]:
    """The photographs of the address or the form, by name; 404 where one is not there."""
    given = request.POST if request.method == "POST" else request.GET
    keys = set(keys_of(given.getlist("content")))
    contents = list(ContentImage.objects.filter(pk__in=keys))
    if not contents or len(contents) != len(set(given.getlist("content"))):
        raise Http404("expected content images that are there")
    return contents


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _back(request: HttpRequest, contents: list[ContentImage]) -> HttpResponse:
    """To the page where the form was: the photograph's own, or that of several."""
    if request.POST.get("back") == "change" and len(contents) == 1:
        page = reverse("admin:generation_contentimage_change", args=[contents[0].pk])
    else:
        query = "&".join(f"content={content.pk}" for content in contents)
        page = f"{reverse('admin:generation_contentimage_stimuli')}?{query}"
    return HttpResponseRedirect(f"{page}#stimuli")
