"""Word -> WebImage rows with their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from generation.models import WebImage, Word
from generation.photographs import PhotographError, decode
from generation.services.store import store_png
from generation.sources import Found, Source, SourceError

# Nobody sees a web image larger than this, and descriptors are computed far below it.
_LONGER_SIDE = 1280


@dataclass
class CollectReport:
    """What became of the results; the rows of those rejected or failed hold the reason."""

    kept: int = 0
    known: int = 0  # there before
    rejected: int = 0  # no usable photograph
    failed: int = 0  # not to be had this time


def collect(
    *,
    word: Word,
    source: Source,
    query: str,
    limit: int,
    progress: Callable[[], None] | None = None,
) -> CollectReport:
    """The first `limit` results of a search as rows, each kept, or rejected or failed for a reason.

    Results that the word has already are left as they are, so a killed run continues; those that
    failed before are tried again.
    """
    report = CollectReport()
    for rank, found in enumerate(_results(source, query, limit)):
        row, created = WebImage.objects.get_or_create(
            word=word,
            url=found.url,
            defaults={
                "provider": source.name, "query": query, "rank": rank,
                "title": found.title[:300], "page_url": found.page_url,
                "creator": found.creator[:300], "licence": found.licence,
                "licence_url": found.licence_url,
            },
        )  # fmt: skip
        if created or row.state in (WebImage.State.QUEUED, WebImage.State.FAILED):
            _fetch(row, source, found)
            report.kept += row.state == WebImage.State.OK
            report.rejected += row.state == WebImage.State.REJECTED
            report.failed += row.state == WebImage.State.FAILED
        else:
            report.known += 1
        if progress:
            progress()
    return report


def _results(source: Source, query: str, limit: int) -> Iterator[Found]:
    """Each result once, until there are no more pages or a page brings nothing new."""
    cursor, seen = None, set[str]()
    while True:
        page = source.search(query, cursor=cursor)
        new = {found.url: found for found in page.results if found.url not in seen}
        yield from islice(new.values(), limit - len(seen))
        seen |= new.keys()
        if page.next_cursor is None or not new or len(seen) >= limit:
            return
        cursor = page.next_cursor


def _fetch(row: WebImage, source: Source, found: Found) -> None:
    try:
        image = decode(source.read(found))
    except PhotographError as error:
        row.state, row.reason = WebImage.State.REJECTED, str(error)[:300]
    except (SourceError, OSError) as error:
        row.state, row.reason = WebImage.State.FAILED, str(error)[:300]
    else:
        image.thumbnail((_LONGER_SIDE, _LONGER_SIDE))
        name, row.sha256 = store_png("web", image)
        row.file.name, row.width, row.height = name, *image.size
        row.state, row.reason = WebImage.State.OK, ""
    row.save()
