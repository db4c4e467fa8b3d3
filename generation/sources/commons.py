"""Wikimedia Commons: free images with their licences, and their makers as HTML.

Images are taken as thumbnails of a standard width, as Commons asks of programs; the original's URL
is in `raw`. Photographs cannot be told from paintings: the filter wants bitmaps alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generation.sources.base import (
    DEFAULT_FILTERS,
    AccessError,
    Filters,
    Found,
    Page,
    SourceError,
)
from generation.sources.fields import (
    checked_query,
    mapping,
    objects,
    pixels,
    plain,
    text,
    unique,
    web_url,
)
from generation.sources.http import Answer, Client

URL = "https://commons.wikimedia.org/w/api.php"

_LABEL = "Wikimedia Commons"
_CONTACT = "TEXTURESTUDY_CONTACT"
_PARAMS = {
    "action": "query",
    "format": "json",
    "formatversion": "2",
    "generator": "search",
    "gsrnamespace": "6",
    "gsrlimit": "50",
    "prop": "imageinfo",
    "iiprop": "url|size|mime|sha1|extmetadata",
    # The longer side at which collected images are kept, and one of the widths that are cached.
    "iiurlwidth": "1280",
    "maxlag": "5",
}
# Names that Commons gives without a version, as the other sources spell them.
_NAMES = {"public domain": "public domain", "cc0": "CC0 1.0"}


class Commons:
    """The MediaWiki API at `url`; Wikimedia wants to know whom to write to, in `contact`."""

    name = "commons"

    def __init__(self, *, url: str = URL, contact: str) -> None:
        if not contact:
            raise AccessError(
                f"{_LABEL}: expected an e-mail address or a home page in {_CONTACT}, got none"
            )
        self.url = url
        self._client = Client(_LABEL, variable=_CONTACT, contact=contact)

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        words = ["filetype:bitmap", checked_query(query, _LABEL, 250)]
        if filters.min_side:
            # Whether > takes in the number itself is left open; the metadata decide.
            words += [f"filew:>{filters.min_side - 1}", f"fileh:>{filters.min_side - 1}"]
        params = _PARAMS | {"gsrsearch": " ".join(words)} | _continuation(cursor)
        answer = self._client.get(self.url, params=params, check=self._check).json
        found = answer.get("query")  # absent where nothing is found
        pages = [] if found is None else objects(mapping(found), "pages", _LABEL)
        results = unique(sorted(pages, key=lambda page: pixels(page.get("index")) or 0), _found)
        return Page.of(results, filters.admit, _next(answer, cursor))

    def _check(self, answer: Answer) -> None:
        """Raise what comes as an error with status 200."""
        if "error" not in answer.json:
            return
        error = mapping(answer.json["error"])
        code, info = text(error.get("code")), text(error.get("info"))[:160]
        if code == "ratelimited":
            limit = self._client.quota_error(f"{code}: {info}", answer.headers)
            raise self._client.temporary(limit, answer.headers)
        fault = SourceError(f"{_LABEL}: expected results, got the error {code!r}: {info}")
        raise self._client.temporary(fault, answer.headers) if code == "maxlag" else fault


def _continuation(cursor: str | None) -> dict[str, str]:
    """What Commons wants to be told to go on, out of a cursor."""
    try:
        values = json.loads(cursor or "{}")
        return {str(key): str(value) for key, value in values.items()}
    except (ValueError, AttributeError) as error:
        raise SourceError(f"{_LABEL}: expected a cursor in JSON, got {cursor!r}") from error


def _next(answer: Mapping[str, Any], cursor: str | None) -> str | None:
    """The cursor of the next page; None at the end, and where the answer points to itself."""
    values = mapping(answer.get("continue"))
    following = json.dumps(values, sort_keys=True)
    return following if values and following != cursor else None


def _found(page: Mapping[str, Any]) -> Found:
    infos = page.get("imageinfo")
    info = mapping(infos[0]) if isinstance(infos, list) and infos else {}
    told = {key: mapping(value).get("value") for key, value in _extended(info).items()}
    thumb = web_url(info.get("thumburl"))
    licence = plain(told.get("LicenseShortName"))
    return Found(
        url=thumb or web_url(info.get("url")),
        title=text(page.get("title")).removeprefix("File:"),
        page_url=web_url(info.get("descriptionurl")),
        creator=plain(told.get("Artist")),
        licence=_NAMES.get(licence.lower(), licence),
        licence_url=web_url(told.get("LicenseUrl")),
        attribution=plain(told.get("Attribution")),
        width=pixels(info.get("thumbwidth" if thumb else "width")),
        height=pixels(info.get("thumbheight" if thumb else "height")),
        raw=page,
    )


def _extended(info: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(info.get("extmetadata"))
