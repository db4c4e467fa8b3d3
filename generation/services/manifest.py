"""A folder of images that another generator made, and the manifest that says what each shows."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.utils.text import slugify
from PIL import Image

from generation.models import ContentImage, Recipe, StylisedImage, Word
from generation.nst.recipe import PRESETS
from generation.photographs import PhotographError, decode
from generation.services.contents import sized
from generation.services.store import png

MANIFEST = "manifest.csv"
COLUMNS = ("content", "word", "variant", "method", "file", "licence")

# People tell two rectangles apart from about 2 % of difference in their aspect ratios (Regan and
# Hamstra 1992), and generators whose sides are multiples of 8 px stay within 3 % at 512 px.
_RATIO_TOLERANCE = 0.03
_MAX_BYTES = 64 << 20  # as in an upload
_MAX_VARIANT = 32_767  # of the database's small integers
_MAX_NAME = 60
_MAX_LICENCE = 120

Key = tuple[int, int, int, str]  # content, word, variant, method
_T = TypeVar("_T")


class ManifestError(Exception):
    """Nothing was imported; `faults` names every line at fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class _CellError(ValueError):
    """What is wrong with one cell, with what was expected and what came."""


@dataclass(frozen=True)
class Line:
    """A line of a manifest, as it was written; the header is line 1."""

    number: int
    cells: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A file that holds an image as it will be stored; width and height in pixels."""

    path: Path
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Stimulus:
    """A line that is right."""

    line: int
    content: ContentImage
    word: Word
    variant: int
    method: str
    licence: str
    picture: Picture

    @property
    def key(self) -> Key:
        return self.content.pk, self.word.pk, self.variant, self.method


def read_manifest(folder: Path) -> list[Line]:
    """The lines of `folder`/manifest.csv (UTF-8, with or without BOM), none of them checked yet.

    Raises ManifestError where the file or its header is not what it should be.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ManifestError([f"expected the file {path}, there is none"])
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            columns = tuple(name.strip() for name in next(reader, []))
            if sorted(columns) != sorted(COLUMNS):
                raise ManifestError(
                    [f"line 1: expected the columns {', '.join(COLUMNS)}, "
                     f"got {', '.join(columns) or 'none'}"]
                )  # fmt: skip
            # A spreadsheet may leave empty lines at the end.
            lines = [Line(reader.line_num, tuple(c), columns) for c in reader if any(c)]
        except UnicodeDecodeError as error:
            raise ManifestError([f"expected {path} in UTF-8: {error}"]) from error
        except csv.Error as error:
            raise ManifestError([f"line {reader.line_num}: expected CSV: {error}"]) from error
    if not lines:
        raise ManifestError([f"expected lines below the header of {path}, there are none"])
    return lines


class Check:
    """Turns lines into stimuli, and remembers what may be there only once.

    The pictures, as they will be stored, go into the folder `stash`: nothing is in the storage
    before all lines are right.
    """

    def __init__(self, folder: Path, stash: Path) -> None:
        self._root, self._stash = folder.resolve(), stash
        self._contents = {row.name: row for row in ContentImage.objects.all()}
        self._words = list(Word.objects.all())
        self._names = _names()
        self._imported = _imported()
        self._lines: dict[Key, int] = {}

    def line(self, line: Line) -> Stimulus:
        """The stimulus of a line; ManifestError with all that is wrong with it."""
        if len(line.cells) != len(line.columns):
            raise ManifestError([f"expected {len(line.columns)} cells, got {len(line.cells)}"])
        cells = {name: cell.strip() for name, cell in zip(line.columns, line.cells, strict=True)}
        faults: list[str] = []

        def read(name: str, reader: Callable[[str], _T]) -> _T | None:
            try:
                return reader(cells[name])
            except (_CellError, PhotographError) as error:
                faults.append(f"{name} {cells[name]!r}: {error}")
                return None

        content, word = read("content", self._content), read("word", self._word)
        variant, method = read("variant", _variant), read("method", self._method)
        licence, image = read("licence", _licence), read("file", self._image)
        if content and image:
            read("file", lambda _: _check_ratio(image, content))
        if content and word and variant is not None and method:
            first = self._lines.setdefault((content.pk, word.pk, variant, method), line.number)
            if first != line.number:
                faults.append(f"content, word, variant and method are those of line {first}")
        if not (content and word and variant is not None and method and image) or faults:
            raise ManifestError(faults)
        picture = self._keep(image)
        found = Stimulus(line.number, content, word, variant, method, licence or "", picture)
        if (before := self._imported.get(found.key, picture.sha256)) != picture.sha256:
            raise ManifestError([changed(found, before)])
        return found

    def _keep(self, image: Image.Image) -> Picture:
        data = png(image)
        digest = hashlib.sha256(data).hexdigest()
        path = self._stash / digest
        path.write_bytes(data)
        return Picture(path, digest, image.width, image.height)

    def _content(self, name: str) -> ContentImage:
        if name not in self._contents:
            raise _CellError("expected the name of a content image")
        return self._contents[name]

    def _word(self, name: str) -> Word:
        # A spreadsheet on a Mac may write ざ as two characters.
        name = unicodedata.normalize("NFC", name)
        texts = ((row, unicodedata.normalize("NFC", row.text)) for row in self._words)
        found = [row for row, text in texts if name in (text, row.reading)]
        if not found:
            raise _CellError("expected the text or the reading of a word")
        if len(found) > 1:
            raise _CellError(f"expected one word, got {' and '.join(map(str, found))}")
        return found[0]

    def _method(self, method: str) -> str:
        name = slugify(method)
        if not name or len(name) > _MAX_NAME:
            raise _CellError(
                f"expected 1 to {_MAX_NAME} letters a-z, digits and hyphens in its name"
            )
        if self._names.setdefault(name, method) != method:
            other = self._names[name]
            kind = "this engine's own" if other is None else f"that of the method {other!r}"
            raise _CellError(f"expected a name of its own; the recipe {name!r} is {kind}")
        return method

    def _image(self, name: str) -> Image.Image:
        try:
            data = _read_inside(self._root, name)
        except (OSError, RuntimeError) as error:  # RuntimeError is a loop of links
            raise _CellError(f"expected a readable file: {error}") from error
        return sized(decode(data))


def _read_inside(root: Path, name: str) -> bytes:
    if "\0" in name:
        raise _CellError("expected a file name, got one with a null character")
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise _CellError(f"expected a file inside {root}")
    if not path.is_file():
        raise _CellError(f"expected a file in {root}, there is none")
    if (size := path.stat().st_size) > _MAX_BYTES:
        raise _CellError(f"expected at most {_MAX_BYTES >> 20} MB, got {size / (1 << 20):.1f} MB")
    return path.read_bytes()


def changed(found: Stimulus, before: str) -> str:
    """The fault of an image where another one was imported before."""
    return (
        f"expected the image that was imported before (SHA-256 {before}), got another "
        f"({found.picture.sha256}): people may have seen that one; "
        "give this one another variant or method"
    )


def _variant(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > _MAX_VARIANT:
        raise _CellError(f"expected a whole number from 0 to {_MAX_VARIANT}")
    return int(text)


def _licence(text: str) -> str:
    if len(text) > _MAX_LICENCE:
        raise _CellError(f"expected at most {_MAX_LICENCE} characters, got {len(text)}")
    return text


def _check_ratio(image: Image.Image, content: ContentImage) -> None:
    """Raise _CellError where people would see that a stimulus is not of its content's shape."""
    ratio = image.width / image.height * content.height / content.width
    if max(ratio, 1 / ratio) > 1 + _RATIO_TOLERANCE:
        raise _CellError(
            f"expected the aspect ratio of {content} ({content.width} x {content.height}) within "
            f"{_RATIO_TOLERANCE:.0%}, got {image.width} x {image.height}"
        )


def _names() -> dict[str, str | None]:
    """What each recipe's name stands for: the method of an imported one, None for our own."""
    rows = Recipe.objects.values_list("name", "imported", "parameters")
    stored = {
        name: parameters.get("method") if imported else None for name, imported, parameters in rows
    }
    return {**dict.fromkeys(PRESETS), **stored}


def _imported() -> dict[Key, str]:
    """The SHA-256 of every image that was imported before."""
    rows = StylisedImage.objects.filter(recipe__imported=True).values_list(
        "content", "cluster__clustering__word", "cluster__index", "recipe__parameters__method",
        "sha256",
    )  # fmt: skip
    return {(content, word, index, method): digest for content, word, index, method, digest in rows}
