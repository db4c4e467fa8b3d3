"""Brave Search: the open web, one page of up to 200 images a query, licences untold.

Size is filtered by the metadata. Photographs cannot be told from drawings, so that filter is not
applied; a licence cannot be asked for, so a search for known ones is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.sources.base import DEFAULT_FILTERS, Filters, Found, Page, SourceError
from generation.sources.fields import (
    checked_query,
    is_japanese,
    mapping,
    objects,
    pixels,
    text,
    unique,
    web_url,
)
from generation.sources.http import Client, required_key
from generation.sources.limits import windowed_quota

URL = "https://api.search.brave.com/res/v1/images/search"

_LABEL = "Brave"
_KEY = "TEXTURESTUDY_BRAVE_KEY"


class Brave:
    """Brave's image search at `url`."""

    name = "brave"

    def __init__(self, *, url: str = URL, key: str, contact: str = "") -> None:
        self.url = url
        self._key = required_key(key, _LABEL, _KEY)
        self._client = Client(
            _LABEL, variable=_KEY, contact=contact, secrets=(key,), denials=("SUBSCRIPTION_TOKEN",)
        )

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        if cursor is not None:
            raise SourceError(
                f"{_LABEL}: expected no cursor, for there is one page; got {cursor!r}"
            )
        if filters.licence != "any":
            raise SourceError(
                f"{_LABEL}: it tells no licences: expected the licence filter 'any', "
                f"got {filters.licence!r}"
            )
        params = {"q": _checked(query), "count": "200", "safesearch": "strict", "spellcheck": "0"}
        if is_japanese(query):
            params |= {"country": "JP", "search_lang": "jp"}
        headers = {"X-Subscription-Token": self._key, "Accept": "application/json"}
        answer = self._client.get(self.url, params=params, headers=headers)
        results = unique(objects(answer.json, "results", _LABEL), _found)
        return Page.of(results, filters.admit, quota=windowed_quota(answer.headers))


def _checked(query: str) -> str:
    line = checked_query(query, _LABEL, 400)
    if len(line.split()) > 50:
        raise SourceError(f"{_LABEL}: expected at most 50 words, got {len(line.split())}")
    return line


def _found(item: Mapping[str, Any]) -> Found:
    image = mapping(item.get("properties"))
    return Found(
        url=web_url(image.get("url")),
        title=text(item.get("title")),
        page_url=web_url(item.get("url")),
        width=pixels(image.get("width")),
        height=pixels(image.get("height")),
        raw=item,
    )
