"""A folder of images as a source; `manifest.csv` in it may say where they came from."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from generation.sources.base import Found, Page, SourceError

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_COLUMNS = ("path", "title", "page_url", "creator", "licence", "licence_url")


class Folder:
    """The images below `root`; the query names a folder in it, "" the root itself.

    `manifest.csv` (UTF-8, with or without BOM) in that folder may hold the columns path, title,
    page_url, creator, licence, licence_url. Links that lead out of the root are refused.
    """

    name = "folder"

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise SourceError(f"expected a folder of images, got {str(root)!r}")

    def search(self, query: str, *, cursor: str | None = None) -> Page:
        folder = self._inside(self.root / query)
        if not folder.is_dir():
            raise SourceError(f"expected a folder {query!r} in {self.root}, there is none")
        known = self._manifest(folder)
        paths = sorted(p for p in folder.rglob("*") if _is_image(p))
        results = []
        for path in map(self._inside, paths):
            facts = known.get(path, {"title": path.stem})
            results.append(Found(url=path.as_uri(), **facts))
        return Page(tuple(results))

    def read(self, found: Found) -> bytes:
        return self._inside(Path(url2pathname(urlsplit(found.url).path))).read_bytes()

    def _inside(self, path: Path) -> Path:
        resolved = path.resolve()
        if not resolved.is_relative_to(self.root):
            raise SourceError(f"expected a path below {self.root}, got {resolved}")
        return resolved

    def _manifest(self, folder: Path) -> dict[Path, dict[str, str]]:
        path = folder / "manifest.csv"
        if not path.exists():
            return {}
        return {
            self._inside(folder / row["path"]): {c: row.get(c) or "" for c in _COLUMNS[1:]}
            for row in _rows(path)
        }


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def _rows(manifest: Path) -> list[dict[str, str]]:
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file)
            names, rows = reader.fieldnames or [], list(reader)
        except (UnicodeDecodeError, csv.Error) as error:
            raise SourceError(f"{manifest}: expected a CSV file in UTF-8: {error}") from error
    if "path" not in names:
        raise SourceError(f"{manifest}: expected a column 'path', got {list(names)}")
    for number, row in enumerate(rows, start=1):
        if not row["path"]:
            raise SourceError(f"{manifest}, row {number}: expected a path, got none")
    return rows
