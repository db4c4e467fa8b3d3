"""The map of all words' styles: which words look alike, image by image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from generation.admin.display import percent
from generation.models import StyleMap, WebImage, Word
from generation.services.desk import STYLE_MAP, ask_map, last_asked
from generation.services.style_map import (
    FEWEST,
    NEIGHBOURS,
    PER_WORD,
    chosen_images,
    latest_style_map,
)
from jobs.live import part

# Seven colours, each with one symbol after the other: enough for 28 words, then from the start.
# Symbol of Plotly -> the same as the path of an SVG of 16 x 16 about its middle.
COLOURS = 7
SYMBOLS = {
    "circle": "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0",
    "square": "M-5,-5H5V5H-5Z",
    "diamond": "M0,-6.5L6.5,0L0,6.5L-6.5,0Z",
    "triangle-up": "M0,-6L6,5H-6Z",
}  # fmt: skip

_OTHERS = 3  # words named beside a word
_LEAST = 0.01  # share of a word worth naming


@dataclass(frozen=True)
class Mark:
    """A word on the map, and how its images are drawn there."""

    word: Word
    count: int
    colour: int
    symbol: str
    path: str
    shown: bool


@dataclass(frozen=True)
class Share:
    """How much of what is near a word's images is another word's."""

    word: Word
    share: float

    @property
    def percent(self) -> str:
        return percent(self.share)


@dataclass(frozen=True)
class Row:
    """A word's share among its images' neighbours, None where not estimable, and the largest."""

    mark: Mark
    own: float | None
    others: list[Share]

    @property
    def percent(self) -> str:
        return percent(self.own)


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Before the addresses of single words, which take any text for a key."""
    return [
        path("style-map/", site.admin_view(page), name="generation_word_style_map"),
        path("style-map/points/", site.admin_view(points), name="generation_word_style_map_points"),
        path("style-map/job/", site.admin_view(how_far), name="generation_word_style_map_job"),
    ]


@require_safe
def how_far(request: HttpRequest) -> HttpResponse:
    """The part of the page that moves while a map is being drawn."""
    _check(request, "view_webimage")
    return part(request, "generation/_job.html", {"job": last_asked(STYLE_MAP, "all")})


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The map and its table; asked with POST, a new map is asked for."""
    _check(request, "view_webimage")
    if request.method == "POST":
        return _ask(request)
    latest = latest_style_map()
    marks = _marks(latest.map, request.GET.getlist("words")) if latest else []
    rows = _rows(latest.map, marks) if latest else []
    context = {
        **admin.site.each_context(request),
        "title": _("Style map"),
        "latest": latest,
        "usable": len(chosen_images()) if latest is None else None,
        "marks": marks,
        "rows": rows,
        "chance": percent(_chance(rows)),
        "fewest": FEWEST,
        "neighbours": NEIGHBOURS,
        "fewest_of_word": NEIGHBOURS + 1,
        "per_word": PER_WORD,
        "job": last_asked(STYLE_MAP, "all"),
        "may_ask": request.user.has_perm("generation.add_stylemap"),
    }
    return TemplateResponse(request, "generation/style_map.html", context)


@require_safe
def points(request: HttpRequest) -> HttpResponse:
    """The images of the last map that are still usable, by word and in columns."""
    _check(request, "view_webimage")
    found = StyleMap.objects.first()
    if found is None:
        raise Http404("there is no style map yet")
    columns = (found.points[name] for name in ("image", "word", "x", "y"))
    places = {key: (word, x, y) for key, word, x, y in zip(*columns, strict=True)}
    words: dict[int, dict[str, list[Any]]] = {}
    images = WebImage.objects.usable().order_by("pk")
    for key, sha256, title, url, licence in images.values_list(
        "pk", "sha256", "title", "url", "licence"
    ):
        if key in places:
            word, x, y = places[key]
            facts = {
                "image": key, "x": x, "y": y, "sha256": sha256, "licence": licence,
                "title": Truncator(title or url).chars(80),
            }  # fmt: skip
            column = words.setdefault(word, {name: [] for name in facts})
            for name, value in facts.items():
                column[name].append(value)
    return JsonResponse(words)


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(f"generation.{permission}"):
        raise PermissionDenied


def _ask(request: HttpRequest) -> HttpResponse:
    _check(request, "add_stylemap")
    user: User = request.user  # type: ignore[assignment]
    _item, new = ask_map(asked_by=user)
    if not new:
        messages.info(request, _("A style map is asked for already."))
    return HttpResponseRedirect(reverse("admin:generation_word_style_map") + "#job")


def _marks(found: StyleMap, wanted: Iterable[str]) -> list[Mark]:
    """The words on the map that are still there; all are shown unless some of them are wanted."""
    counts: dict[int, int] = {}
    for key in found.points["word"]:
        counts[key] = counts.get(key, 0) + 1
    words = list(Word.objects.filter(pk__in=counts))
    shown = {word.reading for word in words} & set(wanted)
    symbols = list(SYMBOLS.items())
    return [
        Mark(
            word, counts[word.pk], place % COLOURS + 1, *symbols[place // COLOURS % len(symbols)],
            shown=not shown or word.reading in shown,
        )
        for place, word in enumerate(words)
    ]  # fmt: skip


def _rows(found: StyleMap, marks: list[Mark]) -> list[Row]:
    """The words by their own share, the smallest first; those without one at the end."""
    shares = dict(zip(found.overlap["word"], found.overlap["shares"], strict=True))
    words = {mark.word.pk: mark.word for mark in marks}
    rows = []
    for mark in marks:
        row = dict(zip(found.overlap["word"], shares[mark.word.pk], strict=True))
        own = row.pop(mark.word.pk)
        others = [
            Share(words[key], share)
            for key, share in sorted(row.items(), key=lambda item: -(item[1] or 0))
            if key in words and (share or 0) >= _LEAST
        ]
        rows.append(Row(mark, own, others[:_OTHERS]))
    return sorted(rows, key=lambda row: (row.own is None, row.own or 0))


def _chance(rows: list[Row]) -> float | None:
    """What each share would be, were all words mixed alike."""
    count = sum(row.own is not None for row in rows)
    return 1 / count if count else None
