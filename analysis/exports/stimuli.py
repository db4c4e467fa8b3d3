"""The images that a study's questions show -> a folder of files with a manifest, in a zip."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from analysis.exports.errors import ExportError
from analysis.spreadsheets import harmless
from generation.models import ClusterMember, StylisedImage
from generation.services.export import file_name
from survey.models import Option, Study
from survey.services.attribution import source_of

# A column of the manifest, and where an option has it. The first five name the file.
_STYLISED = {
    "reading": "stylised__cluster__clustering__word__reading",
    "content": "stylised__content__name",
    "cluster": "stylised__cluster__index",
    "clustering": "stylised__cluster__clustering__fingerprint",
    "recipe": "stylised__recipe__name",
    "word": "stylised__cluster__clustering__word__text",
    "recipe_sha256": "stylised__recipe__sha256",
    "seed": "stylised__recipe__parameters__seed",
    "loss": "stylised__loss",
    "width": "stylised__width",
    "height": "stylised__height",
    "licence": "stylised__licence",
    "stored": "stylised__file",
    "sha256": "sha256",
}
_PHOTOGRAPH = {
    "content": "content__name",
    "width": "content__width",
    "height": "content__height",
    "credit": "content__credit",
    "licence": "content__licence",
    "stored": "content__file",
    "sha256": "sha256",
}
MANIFEST_COLUMNS = (
    "file", "kind", "sha256", "content", "word", "reading", "cluster", "clustering", "recipe",
    "recipe_sha256", "seed", "loss", "width", "height", "credit", "licence",
)  # fmt: skip
SOURCE_COLUMNS = (
    "reading", "cluster", "clustering", "rank", "title", "creator", "licence", "licence_url",
    "licence_standing", "source", "file", "provider", "attribution", "sha256",
)  # fmt: skip
_NAMED = 10  # damaged files that a message names; the rest is a number
# All zips of the same stimuli are equal byte by byte.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Stimulus:
    """An image with its row of the manifest; `stored` is its name in the storage."""

    stored: str
    facts: dict[str, Any]

    @property
    def row(self) -> list[Any]:
        return [self.facts.get(name, "") for name in MANIFEST_COLUMNS]


def stimuli(study: Study) -> list[Stimulus]:
    """Every image of the questions in force once, by word, photograph and cluster."""
    offered = Option.objects.filter(question__study=study, question__version=study.composition)
    found = [
        *_stimuli(offered.exclude(stylised=None), _STYLISED, "stylised image"),
        *_stimuli(offered.exclude(content=None), _PHOTOGRAPH, "photograph"),
    ]
    return sorted(found, key=lambda stimulus: str(stimulus.facts["file"]))


def _stimuli(offered: Any, columns: dict[str, str], kind: str) -> Iterator[Stimulus]:
    rows = offered.order_by().values_list(*columns.values()).distinct()
    for values in rows:
        facts = dict(zip(columns, values, strict=True)) | {"kind": kind}
        stored = facts.pop("stored")
        if "reading" in facts:
            facts["file"] = f"images/{file_name(facts)}"
        else:
            facts["file"] = f"photographs/{facts['content']}{PurePosixPath(stored).suffix}"
        yield Stimulus(stored, facts)


def sources(study: Study) -> Iterator[tuple[Any, ...]]:
    """A row per web image whose style went into the stimuli, by the cluster that it is in."""
    offered = Option.objects.filter(question__study=study, question__version=study.composition)
    shown = StylisedImage.objects.filter(pk__in=offered.order_by().values("stylised"))
    members = ClusterMember.objects.behind(shown).order_by(
        "cluster__clustering__word__reading", "cluster__index", "cluster", "rank"
    )
    for member in members.select_related("cluster__clustering__word", "web_image"):
        cluster, image = member.cluster, member.web_image
        yield (
            cluster.word.reading, cluster.index, cluster.clustering.fingerprint, member.rank,
            image.title, image.creator, image.licence, image.licence_url, image.standing.value,
            source_of(image), image.url, image.provider, image.attribution, image.sha256,
        )  # fmt: skip


def write(file: IO[bytes], study: Study, *, progress: Callable[[], object] = lambda: None) -> int:
    """The zip of the images with manifest.csv and sources.csv; returns how many images it has.

    Images are stored as they are, since PNG is compressed. Each one's SHA-256 is compared with
    the one that was pinned when the question was composed. `progress` is told of each.
    Raises ExportError with the names of the files that are missing or changed; then the zip is
    not to be used.
    """
    shown, wrong = stimuli(study), []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for stimulus in shown:
            data = _read(stimulus.stored)
            if hashlib.sha256(data).hexdigest() == stimulus.facts["sha256"]:
                add(archive, stimulus.facts["file"], data)
            else:
                facts = {"file": stimulus.facts["file"], "stored": stimulus.stored}
                wrong.append(_("%(file)s (stored as %(stored)s)") % facts)
            progress()
        rows = (stimulus.row for stimulus in shown)
        add(archive, "manifest.csv", table(MANIFEST_COLUMNS, rows))
        add(archive, "sources.csv", table(SOURCE_COLUMNS, sources(study)))
    if wrong:
        told = ", ".join(wrong[:_NAMED])
        if len(wrong) > _NAMED:
            told = _("%(files)s and %(n)s more") % {"files": told, "n": len(wrong) - _NAMED}
        raise ExportError(told)
    return len(shown)


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Put a file into the zip, compressed unless it is an image."""
    info = zipfile.ZipInfo(name, _TIME)
    is_image = name.startswith(("images/", "photographs/"))
    info.compress_type = zipfile.ZIP_STORED if is_image else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A small CSV file in UTF-8 with a byte order mark, for it has Japanese in it."""
    file = io.StringIO(newline="")
    written = csv.writer(file)
    written.writerow(columns)
    written.writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _read(stored: str) -> bytes:
    """What is stored; nothing where the file is missing, which has no image's hash."""
    try:
        with default_storage.open(stored) as file:
            return file.read()
    except OSError:
        return b""
