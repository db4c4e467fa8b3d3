"""The protocol of Bing's image search, version 7, which the original study used.

Microsoft retired its own service in 2025: `url` names one that speaks the protocol, and a request
builder of one's own fits one that differs in how it is asked. Licences are filtered by the
provider, which does not tell them: they stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urljoin

from generation.sources.base import DEFAULT_FILTERS, Filters, Found, Page, SourceError
from generation.sources.fields import (
    checked_query,
    is_japanese,
    objects,
    page_number,
    pixels,
    text,
    unique,
    web_url,
)
from generation.sources.http import Client, required_key

URL = "https://api.bing.microsoft.com/v7.0/images/search"
BUILDER = "generation.sources.bing.build_request"

# A URL, absolute or relative to the endpoint, its parameters and its headers.
Request = tuple[str, Mapping[str, str], Mapping[str, str]]
# (query, cursor, filters, key) -> Request
Builder = Callable[[str, str | None, Filters, str], Request]

_LABEL = "Bing"
_KEY, _BUILDER = "TEXTURESTUDY_BING_KEY", "TEXTURESTUDY_BING_BUILDER"
_LICENCES = {"any": {}, "known": {"license": "Any"}, "derivatives": {"license": "Modify"}}


class Bing:
    """A provider at `url` that answers as Bing did; `builder` is a dotted path."""

    name = "bing"

    def __init__(
        self, *, url: str = URL, key: str, builder: str = BUILDER, contact: str = ""
    ) -> None:
        self.url = url
        self._key = required_key(key, _LABEL, _KEY)
        self._build = _load(builder)
        self._client = Client(_LABEL, variable=_KEY, contact=contact, secrets=(key,))

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        offset = page_number(cursor, _LABEL, first=0)
        url, params, headers = self._request(checked_query(query, _LABEL, 1_000), cursor, filters)
        answer = self._client.get(urljoin(self.url, url), params=params, headers=headers)
        results = unique(objects(answer.json, "value", _LABEL), _found)
        following = pixels(answer.json.get("nextOffset")) or 0
        return Page.of(
            results,
            filters.admit_size,
            # The last page points to itself or back.
            str(following) if results and following > offset else None,
        )

    def _request(self, query: str, cursor: str | None, filters: Filters) -> Request:
        try:
            url, params, headers = self._build(query, cursor, filters, self._key)
        # A builder is anybody's code, and its error may hold the key.
        except Exception as error:
            raise SourceError(
                f"{_LABEL}: expected (url, params, headers) of {_BUILDER}, "
                f"got {type(error).__name__}"
            ) from None
        return url, params, headers


def build_request(query: str, cursor: str | None, filters: Filters, key: str) -> Request:
    """A request as Bing's version 7 took it, to the endpoint itself."""
    params = {
        "q": query,
        "count": "150",
        "offset": cursor or "0",
        "mkt": "ja-JP" if is_japanese(query) else "en-US",
        "safeSearch": "Strict",
        **_LICENCES[filters.licence],
    }
    if filters.photo:
        params["imageType"] = "Photo"
    if filters.min_side:
        params |= {"minWidth": str(filters.min_side), "minHeight": str(filters.min_side)}
    return "", params, {"Ocp-Apim-Subscription-Key": key}


def _load(path: str) -> Builder:
    module, _, name = path.rpartition(".")
    try:
        builder: Builder = getattr(import_module(module), name)
    # A module that is being imported raises what it likes.
    except Exception as error:
        raise SourceError(
            f"{_BUILDER}: expected the dotted path of a callable, as {BUILDER}; "
            f"got {path!r}: {error}"
        ) from error
    return builder


def _found(item: Mapping[str, Any]) -> Found:
    return Found(
        url=web_url(item.get("contentUrl")),
        title=text(item.get("name")),
        page_url=web_url(item.get("hostPageUrl")),
        width=pixels(item.get("width")),
        height=pixels(item.get("height")),
        raw=item,
    )
