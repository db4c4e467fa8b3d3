"""Word -> WebImage rows with their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from generation.models import WebImage, Word
from generation.photographs import PhotographError, decode
from generation.services.store import store_png
from generation.sources import Found, Source

# Nobody sees a web image larger than this, and descriptors are computed far below it.
_LONGER_SIDE = 1280


@dataclass
class CollectReport:
    """What a collection did: images kept, those there before, and rejected ones by reason."""

    kept: int = 0
    known: int = 0
    rejected: int = 0


def collect(
    *,
    word: Word,
    source: Source,
    query: str,
    limit: int,
    progress: Callable[[], None] | None = None,
) -> CollectReport:
    """The first `limit` results of a search as rows; each ends kept or rejected with a reason.

    Results that the word has already are left as they are, so a killed run continues.
    """
    report = CollectReport()
    for rank, found in enumerate(_results(source, query, limit)):
        row, created = WebImage.objects.get_or_create(
            word=word,
            url=found.url,
            defaults={
                "provider": source.name, "query": query, "rank": rank, "title": found.title,
                "page_url": found.page_url, "creator": found.creator, "licence": found.licence,
                "licence_url": found.licence_url,
            },
        )  # fmt: skip
        if created or row.state == WebImage.State.QUEUED:
            _fetch(row, source, found)
            report.kept += row.state == WebImage.State.OK
            report.rejected += row.state == WebImage.State.REJECTED
        else:
            report.known += 1
        if progress:
            progress()
    return report


def _results(source: Source, query: str, limit: int) -> Iterator[Found]:
    cursor, seen = None, 0
    while True:
        page = source.search(query, cursor=cursor)
        for found in page.results:
            if seen == limit:
                return
            seen += 1
            yield found
        if page.next_cursor is None or not page.results:
            return
        cursor = page.next_cursor


def _fetch(row: WebImage, source: Source, found: Found) -> None:
    try:
        image = decode(source.read(found))
    except PhotographError as error:
        row.state, row.reason = WebImage.State.REJECTED, str(error)[:300]
    else:
        image.thumbnail((_LONGER_SIDE, _LONGER_SIDE))
        name, row.sha256 = store_png("web", image)
        row.file.name, row.width, row.height = name, *image.size
        row.state, row.reason = WebImage.State.OK, ""
    row.save()
