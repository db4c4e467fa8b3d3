"""What every image source speaks: a search, page by page, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from generation.sources.licences import Demand, admits


class SourceError(Exception):
    """A source cannot do what was asked, with what was expected and what came."""


class AccessError(SourceError):
    """A key is missing or refused; names the provider and the environment variable."""


class QuotaError(SourceError):
    """A provider's limit is reached; `resets_at` (aware) is when it is lifted, where it says so."""

    def __init__(self, message: str, resets_at: datetime | None = None) -> None:
        super().__init__(message)
        self.resets_at = resets_at


@dataclass(frozen=True, kw_only=True)
class Found:
    """One result. An empty `licence` is unknown, which is not free.

    `width` and `height` (pixels) are those of the image at `url` as the provider tells them;
    `raw` is the provider's own JSON of the result.
    """

    url: str
    title: str = ""
    page_url: str = ""
    creator: str = ""
    licence: str = ""
    licence_url: str = ""
    attribution: str = ""
    width: int | None = None
    height: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which results are wanted.

    `photo`: photographs, where a provider can tell them from drawings. `min_side`: pixels of the
    shorter side; an image of untold size passes. `licence`: "known" wants one that is told,
    "derivatives" one that is recognised as allowing changed images.
    """

    photo: bool = True
    min_side: int | None = None
    licence: Demand = "any"

    def admit_size(self, found: Found) -> bool:
        sides = (found.width, found.height)
        return all(side is None or side >= (self.min_side or 0) for side in sides)

    def admit_licence(self, found: Found) -> bool:
        return admits(self.licence, found.licence)

    def admit(self, found: Found) -> bool:
        """Whether the metadata of a result fit; what they do not tell cannot fit a licence."""
        return self.admit_size(found) and self.admit_licence(found)


DEFAULT_FILTERS = Filters()


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What is left of a provider's limit, in the provider's words ("20/min")."""

    scope: str
    limit: str
    left: int
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Some results in the source's order, and the cursor of the next page, if there is one.

    Filters may leave a page empty that has a next one; `left_out` is how many they took away.
    """

    results: tuple[Found, ...]
    next_cursor: str | None = None
    quota: Quota | None = None
    left_out: int = 0

    @classmethod
    def of(
        cls,
        results: Iterable[Found],
        admit: Callable[[Found], bool],
        next_cursor: str | None = None,
        quota: Quota | None = None,
    ) -> Page:
        """The results that are admitted, and how many are not."""
        given = list(results)
        admitted = tuple(filter(admit, given))
        return cls(admitted, next_cursor, quota, len(given) - len(admitted))


class Source(Protocol):
    """A place to look for images of a word."""

    name: str

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        """The page of results at `cursor`, the first by default; one page is asked for a call.

        No URL is twice in a page, but a provider may repeat results of the pages before.
        """


@runtime_checkable
class LocalSource(Source, Protocol):
    """A source that has images at hand: those whose URL is not of the web (http, https)."""

    def read(self, found: Found) -> bytes:
        """The encoded image of a result."""
