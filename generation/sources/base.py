"""What every image source speaks: a search, page by page, and the bytes of a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class SourceError(Exception):
    """A source cannot do what was asked, with what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One result. An empty `licence` is unknown, which is not free."""

    url: str
    title: str = ""
    page_url: str = ""
    creator: str = ""
    licence: str = ""
    licence_url: str = ""


@dataclass(frozen=True)
class Page:
    """Some results in the source's order, and the cursor of the next page, if there is one."""

    results: tuple[Found, ...]
    next_cursor: str | None = None


class Source(Protocol):
    """A place to look for images of a word."""

    name: str

    def search(self, query: str, *, cursor: str | None = None) -> Page:
        """The page of results at `cursor`, the first by default."""

    def read(self, found: Found) -> bytes:
        """The encoded image of a result."""
