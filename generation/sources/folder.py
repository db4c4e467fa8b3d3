"""A folder of images as a source; `manifest.csv` in it may say where they came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from generation.sources.base import DEFAULT_FILTERS, Filters, Found, Page, SourceError
from generation.sources.tables import facts, read_rows

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


class Folder:
    """The images below `root`; the query names a folder in it, "" the root itself.

    `manifest.csv` (UTF-8, with or without BOM) in that folder may hold the columns path, title,
    page_url, creator, licence, licence_url. Links that lead out of the root are refused. Licences
    are filtered as the manifest tells them; the filters of size and of photographs are not applied.
    """

    name = "folder"

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise SourceError(f"expected a folder of images, got {str(root)!r}")

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        folder = self._inside(self.root / query)
        if not folder.is_dir():
            raise SourceError(f"expected a folder {query!r} in {self.root}, there is none")
        known = self._manifest(folder)
        paths = sorted(p for p in folder.rglob("*") if _is_image(p))
        results = [
            Found(url=path.as_uri(), **known.get(path, {"title": path.stem}))
            for path in map(self._inside, paths)
        ]
        return Page.of(results, filters.admit)

    def read(self, found: Found) -> bytes:
        return self._inside(Path(url2pathname(urlsplit(found.url).path))).read_bytes()

    def _inside(self, path: Path) -> Path:
        resolved = path.resolve()
        if not resolved.is_relative_to(self.root):
            raise SourceError(f"expected a path below {self.root}, got {resolved}")
        return resolved

    def _manifest(self, folder: Path) -> dict[Path, dict[str, Any]]:
        path = folder / "manifest.csv"
        if not path.exists():
            return {}
        rows = read_rows(path, "path")
        for number, row in enumerate(rows, start=1):
            if not row["path"]:
                raise SourceError(f"{path}, row {number}: expected a path, got none")
        return {self._inside(folder / row["path"]): facts(row) for row in rows}


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file()
