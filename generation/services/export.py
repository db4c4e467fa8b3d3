"""StylisedImage -> a data set of files with a manifest, for any program that reads images."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from generation.models import ClusterMember, Recipe
from generation.querysets import StylisedImageQuerySet
from storage.whole import write_whole

MANIFEST, SOURCES, RECIPES = "manifest.csv", "sources.csv", "recipes.json"

_Columns = dict[str, str]
# A column of the manifest, and where a stylised image has it.
_IMAGE: _Columns = {
    "content": "content__name",
    "content_sha256": "content__sha256",
    "word": "cluster__clustering__word__text",
    "reading": "cluster__clustering__word__reading",
    "cluster": "cluster__index",
    "clustering": "cluster__clustering__fingerprint",
    "clustering_id": "cluster__clustering",
    "recipe": "recipe__name",
    "recipe_sha256": "recipe__sha256",
    "seed": "recipe__parameters__seed",
    "sha256": "sha256",
    "width": "width",
    "height": "height",
    "licence": "licence",
    "content_credit": "content__credit",
    "content_licence": "content__licence",
}
# A column of the sources, and where a cluster's member has it; the first three are its cluster.
_SOURCE: _Columns = {
    "reading": "cluster__clustering__word__reading",
    "clustering": "cluster__clustering__fingerprint",
    "cluster": "cluster__index",
    "rank": "rank",
    "weight": "weight",
    "outlier": "outlier",
    "provider": "web_image__provider",
    "query": "web_image__query",
    "url": "web_image__url",
    "page_url": "web_image__page_url",
    "title": "web_image__title",
    "creator": "web_image__creator",
    "licence": "web_image__licence",
    "licence_url": "web_image__licence_url",
    "sha256": "web_image__sha256",
}
_ROWS_AT_ONCE = 1000
_NAMED = 100  # failures that a report names; a storage that is away would name every row


class ExportError(Exception):
    """There is nothing to export, or two things would share a name."""


@dataclass
class ExportReport:
    """What became of the images, and the first failures by name."""

    written: int = 0
    kept: int = 0  # there already, whole
    failed: int = 0
    strays: int = 0  # images in the folder that its manifest does not name
    failures: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        self.failed += 1
        if len(self.failures) < _NAMED:
            self.failures.append(reason)


def export_dataset(
    *, rows: StylisedImageQuerySet, folder: Path, progress: Callable[[], None] | None = None
) -> ExportReport:
    """Write the finished ones of `rows` as `folder`/<reading>/<image>.png, with their origin.

    `manifest.csv` has a row per image, `sources.csv` one per web image of a cluster (which would
    not fit into a cell), `recipes.json` what made them. A file that is there with the right hash
    is left alone, so an export that was stopped continues; the manifest comes last and names only
    files that are there. Equal rows give equal bytes, in memory that their number does not change.

    An image whose stored file is missing or damaged is reported, and the others are exported.
    Raises ExportError, and OSError where the folder cannot be written.
    """
    done = rows.done()
    _check_names(done)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    report = ExportReport()
    with _table(folder / MANIFEST, ["file", *_IMAGE]) as manifest:
        for pk, stored, facts in _images(done):
            name = file_name(facts)
            if _export(folder / name, pk, stored, facts, report):
                manifest.writerow([name, *facts.values()])
            if progress:
                progress()
        # The manifest gets its name when this block ends: all that it refers to is there by then.
        _write_sources(folder / SOURCES, done)
        _write_recipes(folder / RECIPES, done)
    report.strays = _count_images(folder) - report.written - report.kept
    return report


def file_name(facts: dict[str, Any]) -> str:
    """The place of an image in the data set, from its row of the manifest.

    Slugs have hyphens but no dots, so the one dot before the suffix keeps all names apart: the
    cluster's index stands before it, the beginning of its clustering's fingerprint behind it.
    """
    cluster = f"{facts['cluster']}.{facts['clustering'][:8]}"
    return f"{facts['reading']}/{facts['content']}-{cluster}-{facts['recipe']}.png"


def _check_names(rows: StylisedImageQuerySet) -> None:
    """Raise ExportError unless the names stay apart, also on a disk that ignores case."""
    for column in ("reading", "content", "recipe"):
        names = rows.order_by().values_list(_IMAGE[column], flat=True).distinct()
        count = Counter(name.casefold() for name in names)
        if not count:
            raise ExportError(
                "expected finished stylised images, there are none of these yet: run stylise"
            )
        if same := [name for name in names if count[name.casefold()] > 1]:
            raise ExportError(
                f"expected names of {column} that differ in more than case, got {sorted(same)}: "
                "their files would be the same on many disks"
            )


def _images(rows: StylisedImageQuerySet) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Key, stored file and row of the manifest of each image, in the manifest's order."""
    order = ("reading", "content", "cluster", "clustering", "recipe")
    found = rows.order_by(*(_IMAGE[name] for name in order)).values_list(
        "pk", "file", *_IMAGE.values()
    )
    for pk, stored, *values in found.iterator(chunk_size=_ROWS_AT_ONCE):
        yield pk, stored, dict(zip(_IMAGE, values, strict=True))


def _export(
    target: Path, pk: int, stored: str, facts: dict[str, Any], report: ExportReport
) -> bool:
    """Whether the image is at its place now; if not, the report says why."""
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == facts["sha256"]:
        report.kept += 1
        return True
    image = f"stylised image {pk} ({target.parent.name}/{target.name})"
    try:
        with default_storage.open(stored) as file:
            data = file.read()
    except OSError as error:
        report.fail(f"{image}: expected a stored file {stored!r}, got {error}")
        return False
    digest = hashlib.sha256(data).hexdigest()
    if digest != facts["sha256"]:
        report.fail(
            f"{image}: expected {stored!r} with the SHA-256 {facts['sha256']}, got {digest}: "
            "the file is damaged"
        )
        return False
    write_whole(target, data)
    report.written += 1
    return True


def _write_sources(path: Path, rows: StylisedImageQuerySet) -> None:
    members = ClusterMember.objects.filter(cluster__in=rows.order_by().values("cluster"))
    order = ("reading", "clustering", "cluster", "rank")
    found = members.order_by(*(_SOURCE[name] for name in order)).values_list(*_SOURCE.values())
    with _table(path, list(_SOURCE)) as table:
        table.writerows(found.iterator(chunk_size=_ROWS_AT_ONCE))


def _write_recipes(path: Path, rows: StylisedImageQuerySet) -> None:
    recipes = Recipe.objects.filter(pk__in=rows.order_by().values("recipe")).order_by("name")
    found = list(recipes.values("name", "sha256", "imported", "parameters"))
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())


@contextmanager
def _table(path: Path, columns: Iterable[str]) -> Iterator[Any]:
    """A CSV file under way, which takes its name when it is whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(columns)
            yield table
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sweep(folder: Path) -> None:
    """Remove what an export that was killed left half written."""
    for entry in _files(folder):
        if entry.name.startswith(".writing-"):
            Path(entry).unlink()


def _count_images(folder: Path) -> int:
    return sum(entry.name.endswith(".png") for entry in _files(folder, inside=True))


def _files(folder: Path, *, inside: bool = False) -> Iterator[os.DirEntry[str]]:
    """The files in a folder (unless `inside`) and in the folders directly in it, one at a time."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                with os.scandir(entry) as below:
                    yield from (each for each in below if each.is_file())
            elif not inside:
                yield entry
