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


@dataclass
class CollectReport:
    """What became of the results; the rows hold the whole reasons."""

    kept: int = 0
    known: int = 0  # there before, and kept
    near_duplicates: int = 0  # kept, and marked
    reasons: Counter[str] = field(default_factory=Counter)  # why others were not kept
    ended: dict[str, str] = field(default_factory=dict)  # why a phrase has no more results


@dataclass(frozen=True)
class Supply:
    """Where images come from: a source, what is wanted of it, and who fetches from the web."""

    source: Source
    filters: Filters = DEFAULT_FILTERS
    fetcher: Fetcher | None = None

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
    """Search for each phrase until the word has `limit` different usable images from the source.

    The limit is shared evenly by the phrases; what one of them lacks the next ones bring. A
    result that the word has already is left as it is, one that failed for now is tried again,
    so a killed run continues and ends with the rows of one that ran through. `progress` is told
    of every image kept. Raises SourceError when a search cannot go on; what is there stays.
    """
    collector = _Collector(word, supply, progress)
    for place, query in enumerate(queries):
        left = max(0, limit - collector.usable)
        collector.collect(query, math.ceil(left / (len(queries) - place)))
    return collector.report


class _Collector:
    """One run for one word at one source."""

    def __init__(self, word: Word, supply: Supply, progress: Callable[[], None] | None) -> None:
        self._word, self._supply, self._progress = word, supply, progress
        self._known = Known(word)
        self._tried: set[int] = set()
        self.report = CollectReport()
        self.usable = 0

    def collect(self, query: str, share: int) -> None:
        """Up to `share` usable images of one phrase."""
        search = self._search(query)
        kept = search.results.usable().count()
        self.report.known += min(kept, share)
        while kept < share:
            waiting = search.results.filter(
                state__in=(WebImage.State.QUEUED, WebImage.State.FAILED)
            ).exclude(pk__in=self._tried)
            if batch := list(waiting.order_by("rank")[: share - kept]):
                self._tried |= {image.pk for image in batch}
                download(
                    images=batch, read=self._supply.read, known=self._known, settled=self._settled
                )
            elif search.ended:
                self.report.ended[query] = search.ended
                break
            else:
                self._turn_page(search)
            kept = search.results.usable().count()
        self.usable += kept

    def _search(self, query: str) -> Search:
        filters = json.dumps(asdict(self._supply.filters), sort_keys=True)
        search, _ = Search.objects.get_or_create(
            word=self._word, provider=self._supply.source.name, query=query, filters=filters
        )
        if search.ended:  # there may be more by now: from the first page again
            search.ended, search.cursor, search.barren = "", "", 0
        return search

    def _turn_page(self, search: Search) -> None:
        """A row for each new result of the next page, and where the search is now."""
        page = self._supply.source.search(
            search.query, cursor=search.cursor or None, filters=self._supply.filters
        )
        self._store(search, page)

    @transaction.atomic  # not while the provider is waited for: SQLite has one writer
    def _store(self, search: Search, page: Page) -> None:
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
            # Numbers differ from image to image: the same reason is one line of the report.
            self.report.reasons[re.sub(r"\d[\d,.]*", "…", image.reason)] += 1
            return
        if image.duplicate_of_id:
            self.report.near_duplicates += 1
            return
        self.report.kept += 1
        if self._progress:
            self._progress()


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
