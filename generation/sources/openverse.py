"""Openverse: openly licensed images, each with its licence.

Anonymous, or with the client credentials of a registered application, which may ask more. Size is
filtered by the metadata; every licence is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from generation.sources.base import DEFAULT_FILTERS, AccessError, Filters, Found, Page
from generation.sources.fields import (
    checked_query,
    objects,
    page_number,
    pixels,
    text,
    unique,
    web_url,
)
from generation.sources.http import Client, required_key
from generation.sources.limits import scoped_quota

URL = "https://api.openverse.org/v1/"

_LABEL = "Openverse"
_ID, _SECRET = "TEXTURESTUDY_OPENVERSE_CLIENT_ID", "TEXTURESTUDY_OPENVERSE_CLIENT_SECRET"
_MOST_PAGES = 20
_ANONYMOUS_SIZE, _SIZE = 20, 100


class Openverse:
    """Openverse's API at `url`; both credentials, or none for anonymous use."""

    name = "openverse"

    def __init__(
        self, *, url: str = URL, client_id: str = "", client_secret: str = "", contact: str = ""
    ) -> None:
        self.url = url.rstrip("/") + "/"
        self._credentials: dict[str, str] = {}
        if client_id or client_secret:
            self._credentials = {
                "client_id": required_key(client_id, _LABEL, _ID),
                "client_secret": required_key(client_secret, _LABEL, _SECRET),
            }
        secrets = tuple(self._credentials.values())
        self._client = Client(
            _LABEL, variable=f"{_ID} and {_SECRET}", contact=contact, secrets=secrets,
            denials=("invalid_client",),
        )  # fmt: skip
        self._token, self._expires = "", 0.0

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        number = page_number(cursor, _LABEL, first=1)
        params = {
            "q": checked_query(query, _LABEL, 200),
            "page": str(number),
            "page_size": str(_SIZE if self._credentials else _ANONYMOUS_SIZE),
            "mature": "false",
        }
        if filters.photo:
            params["category"] = "photograph"
        if filters.licence == "derivatives":
            params["license_type"] = "modification"
        answer = self._client.get(
            urljoin(self.url, "images/"), params=params, headers=self._authorization()
        )
        results = unique(objects(answer.json, "results", _LABEL), _found)
        last = min(pixels(answer.json.get("page_count")) or 0, _MOST_PAGES)
        return Page.of(
            results,
            filters.admit,
            str(number + 1) if results and number < last else None,
            scoped_quota(answer.headers),
        )

    def _authorization(self) -> dict[str, str]:
        """The header of a token, which is asked for anew a minute before it expires."""
        if not self._credentials:
            return {}
        if monotonic() >= self._expires:
            form = {**self._credentials, "grant_type": "client_credentials"}
            answer = self._client.post(urljoin(self.url, "auth_tokens/token/"), form).json
            if not text(answer.get("access_token")):
                raise AccessError(f"{_LABEL}: expected a token for {_ID} and {_SECRET}, got none")
            self._token = text(answer["access_token"])
            self._client.hide(self._token)
            self._expires = monotonic() + (pixels(answer.get("expires_in")) or 0) - 60
        return {"Authorization": f"Bearer {self._token}"}


def _found(item: Mapping[str, Any]) -> Found:
    return Found(
        url=web_url(item.get("url")),
        title=text(item.get("title")),
        page_url=web_url(item.get("foreign_landing_url")),
        creator=text(item.get("creator")),
        licence=_licence(text(item.get("license")), text(item.get("license_version"))),
        licence_url=web_url(item.get("license_url")),
        attribution=text(item.get("attribution")),
        width=pixels(item.get("width")),
        height=pixels(item.get("height")),
        raw=item,
    )


def _licence(code: str, version: str) -> str:
    """The licence's usual name: by, 2.0 -> CC BY 2.0."""
    if code in ("", "pdm"):
        return "public domain" if code else ""
    name = code.upper() if code == "cc0" else f"CC {code.upper()}"
    return f"{name} {version}".strip()
