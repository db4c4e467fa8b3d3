"""A CSV file of images, on the web or beside it, as a source."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize
from urllib.parse import urlsplit
from urllib.request import url2pathname

from generation.sources.base import DEFAULT_FILTERS, Filters, Found, Page, SourceError
from generation.sources.fields import web_url
from generation.sources.tables import facts, read_rows


class UrlList:
    """The images of a CSV file: url or path, title, page_url, creator, licence, licence_url.

    With a column `word` the query selects its rows, otherwise every query finds all rows. A path
    is resolved below the file's folder, and what leads out of it is refused. Licences are filtered
    as the file tells them; the filters of size and of photographs are not applied.
    """

    name = "csv"

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        if not self.path.is_file():
            raise SourceError(f"expected a CSV file of images, got {str(path)!r}")

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        results: dict[str, Found] = {}
        for number, row in enumerate(read_rows(self.path, "url", "path"), start=1):
            found = Found(url=self._url(row, number), **facts(row), raw=row)
            if _is_of(row, query):
                results.setdefault(found.url, found)
        return Page.of(results.values(), filters.admit)

    def read(self, found: Found) -> bytes:
        parts = urlsplit(found.url)
        if parts.scheme != "file":
            raise SourceError(f"expected an image of {self.path}'s folder, got {found.url!r}")
        path = Path(url2pathname(parts.path)).resolve()
        if not path.is_relative_to(self.path.parent):
            raise SourceError(f"expected a path below {self.path.parent}, got {path}")
        return path.read_bytes()

    def _url(self, row: dict[str, str], number: int) -> str:
        url, path = row.get("url", ""), row.get("path", "")
        if bool(url) == bool(path):
            got = "both" if url else "neither"
            raise self._wrong(number, f"expected a url or a path, got {got}")
        if url:
            if not web_url(url):
                raise self._wrong(number, f"expected a URL of http or https, got {url!r}")
            return url
        file = (self.path.parent / path).resolve()
        if not file.is_relative_to(self.path.parent):
            raise self._wrong(number, f"expected a path below {self.path.parent}, got {file}")
        if not file.is_file():
            raise self._wrong(number, f"expected a file, there is none at {file}")
        return file.as_uri()

    def _wrong(self, number: int, message: str) -> SourceError:
        return SourceError(f"{self.path}, row {number}: {message}")


def _is_of(row: dict[str, str], query: str) -> bool:
    """Whether the row is of this word, however its characters are composed."""
    return "word" not in row or normalize("NFC", row["word"]) == normalize("NFC", query)
