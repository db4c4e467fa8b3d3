"""Word -> WebImage rows with their files."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils import timezone

from generation.fetch import Fetched, Fetcher
from generation.models import Search, WebImage, Word
from generation.services.download import Known, download
from generation.sources import (
    DEFAULT_FILTERS,
    Filters,
    Found,
    LocalSource,
    Page,
    Source,
    SourceError,
)

# Pages in a row without anything new, after which there is taken to be nothing more.
BARREN = 3
_LONGEST_URL = 2000
_WAITING = (WebImage.State.QUEUED, WebImage.State.FAILED)


@dataclass
class CollectReport:
    """What became of the results; the rows hold the whole reasons."""

    kept: int = 0
    known: int = 0  # there before, and kept
    near_duplicates: int = 0  # kept, and marked
    reasons: Counter[str] = field(default_factory=Counter)  # why others were not kept
    # Why a provider has no more results for a phrase, and why it was not asked to the end.
    ended: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: dict[str, SourceError] = field(default_factory=dict)


@dataclass(frozen=True)
class Supply:
    """Where images come from: a source, what is wanted of it, and who fetches from the web."""

    source: Source
    filters: Filters = DEFAULT_FILTERS
    fetcher: Fetcher | None = None

    @property
    def provider(self) -> str:
        return self.source.name

    def read(self, url: str) -> bytes | Fetched:
        """What is behind a result's address. Raises SourceError, FetchError and OSError."""
        if not url.startswith(("http://", "https://")):
            if isinstance(self.source, LocalSource):
                return self.source.read(Found(url=url))
            raise SourceError(f"expected an address of the web, got {url[:80]!r}")
        if self.fetcher is None:
            raise SourceError(f"expected a fetcher for {url[:80]!r}, got none")
        return self.fetcher.fetch(url)


def collect(
    *,
    word: Word,
    supply: Supply,
    queries: Sequence[str],
    limit: int,
    progress: Callable[[], None] | None = None,
) -> CollectReport:
    """`collect_from` one source. Raises SourceError when a search cannot go on."""
    searches = [(supply, query) for query in queries]
    report = collect_from(word=word, searches=searches, limit=limit, progress=progress)
    for fault in report.faults.values():
        raise fault
    return report


def collect_from(
    *,
    word: Word,
    searches: Sequence[tuple[Supply, str]],
    limit: int,
    progress: Callable[[], None] | None = None,
) -> CollectReport:
    """Search for phrases until the word has `limit` different usable images of these searches.

    They share the limit evenly; what one of them lacks the others bring. A result that the word has
    already is left as it is, one that failed for now is tried again, so a killed run continues and
    ends with the rows of one that ran through. `progress` is told of every image kept. A source
    that cannot go on is in the report's `faults`; what it found before is there, and the others
    go on.
    """
    collector = _Collector(word, limit, progress)
    lines = [collector.open(supply, query) for supply, query in searches]
    collector.report.known = min(collector.usable, limit)
    while lines and collector.usable < limit:
        # Those that ended keep what they have. Shares are of the whole, not of what is still
        # lacking, so that they are the same in a run that continues.
        left = limit - collector.usable + sum(line.kept for line in lines)
        for place, line in enumerate(lines):
            collector.collect(line, math.ceil(max(0, left) / (len(lines) - place)))
            left -= line.kept
        lines = [line for line in lines if not line.ended]
    return collector.report


@dataclass
class _Line:
    """A phrase at a source: how many usable images it has brought, and whether that is all."""

    supply: Supply
    query: str
    search: Search
    kept: int
    ended: bool = False


class _Collector:
    """One run for one word."""

    def __init__(self, word: Word, limit: int, progress: Callable[[], None] | None) -> None:
        self._word, self._limit, self._progress = word, limit, progress
        self._known = Known(word)
        self._tried: set[int] = set()
        self.report = CollectReport()
        self.usable = 0

    def open(self, supply: Supply, query: str) -> _Line:
        """The phrase with what it has brought before."""
        filters = json.dumps(asdict(supply.filters), sort_keys=True)
        search, _ = Search.objects.get_or_create(
            word=self._word, provider=supply.provider, query=query, filters=filters
        )
        if search.ended:  # there may be more by now: from the first page again
            search.ended, search.cursor, search.barren = "", "", 0
        line = _Line(supply, query, search, kept=search.results.usable().count())
        self.usable += line.kept
        return line

    def collect(self, line: _Line, share: int) -> None:
        """Up to `share` usable images of one phrase at one source, and no more than the limit."""
        while not line.ended:
            wanted = min(share - line.kept, self._limit - self.usable)
            if wanted <= 0:
                break
            self._go_on(line, wanted)

    def _go_on(self, line: _Line, wanted: int) -> None:
        """Try as many images as are wanted: several pages are better downloaded at once."""
        search = line.search
        waiting = search.results.filter(state__in=_WAITING).exclude(pk__in=self._tried)
        while waiting.count() < wanted and not self._is_over(line):
            self._turn_page(line)
        batch = list(waiting.order_by("rank")[:wanted])
        if not batch:
            line.ended = True
            if search.ended:
                self.report.ended[line.supply.provider, line.query] = search.ended
            return
        self._tried |= {image.pk for image in batch}
        download(images=batch, read=line.supply.read, known=self._known, settled=self._settled)
        self.usable -= line.kept
        line.kept = search.results.usable().count()
        self.usable += line.kept

    def _is_over(self, line: _Line) -> bool:
        return bool(line.search.ended) or line.supply.provider in self.report.faults

    def _turn_page(self, line: _Line) -> None:
        """A row for each new result of the next page, and where the search is now.

        A source that cannot go on is not asked again, but what it found is still downloaded.
        """
        search = line.search
        try:
            page = line.supply.source.search(
                search.query, cursor=search.cursor or None, filters=line.supply.filters
            )
        except SourceError as fault:
            self.report.faults[line.supply.provider] = fault
        else:
            self._store(search, page)

    @transaction.atomic  # not while the provider is waited for: SQLite has one writer
    def _store(self, search: Search, page: Page) -> None:
        if page.left_out:
            self.report.reasons["left out by the filters of size and licence"] += page.left_out
        new = self._add(search, page)
        search.pages += 1
        search.barren = 0 if new else search.barren + 1
        search.searched_at = timezone.now()
        if page.next_cursor is None:
            search.ended = "the last page was read"
        elif page.next_cursor == search.cursor:
            search.ended = "the source gave the same page again"
        elif search.barren >= BARREN:
            search.ended = f"{BARREN} pages brought nothing new"
        search.cursor = page.next_cursor or ""
        search.save()

    def _add(self, search: Search, page: Page) -> int:
        urls = [found.url for found in page.results]
        there = WebImage.objects.filter(word=self._word, url__in=urls)
        seen = set(there.values_list("url", flat=True))
        rows: list[WebImage] = []
        for found in page.results:
            if len(found.url) > _LONGEST_URL:
                self.report.reasons[f"an address of more than {_LONGEST_URL} characters"] += 1
            elif found.url not in seen:
                seen.add(found.url)
                rows.append(_row(search, found, search.found + len(rows)))
        WebImage.objects.bulk_create(rows)
        search.found += len(rows)
        return len(rows)

    def _settled(self, image: WebImage) -> None:
        if image.state != WebImage.State.OK:
            self.report.reasons[_kind_of(image)] += 1
            return
        if image.duplicate_of_id:
            self.report.near_duplicates += 1
            return
        self.report.kept += 1
        if self._progress:
            self._progress()


def _kind_of(image: WebImage) -> str:
    """Its reason as a line of the report: without numbers that differ from image to image."""
    refused = image.state != WebImage.State.REJECTED and image.status is not None
    return image.reason if refused else re.sub(r"\d[\d,.]*", "…", image.reason)


def _row(search: Search, found: Found, rank: int) -> WebImage:
    return WebImage(
        search=search, word=search.word, provider=search.provider, query=search.query, rank=rank,
        url=_text(found.url), title=_text(found.title)[:300], page_url=_text(found.page_url)[:2000],
        creator=_text(found.creator)[:300], licence=_text(found.licence)[:120],
        licence_url=_text(found.licence_url)[:2000], attribution=_text(found.attribution),
        raw=json.loads(json.dumps(dict(found.raw)).replace("\\u0000", "")),
    )  # fmt: skip


def _text(text: str) -> str:
    """Without NUL, which PostgreSQL does not store."""
    return text.replace("\x00", "")
