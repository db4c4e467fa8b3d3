"""Web images that wait -> their files, or the reason why there is none."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import imagehash
from django.db import transaction
from PIL import Image

from generation.fetch import Fetched, FetchError
from generation.models import WebImage, Word
from generation.photographs import PhotographError, decode, plain_format
from generation.services.store import png, store
from generation.sources import SourceError

# Gives what is behind an address: bytes that were at hand, or what was fetched. May raise
# FetchError, SourceError and OSError.
Read = Callable[[str], bytes | Fetched]

# Nobody sees a web image larger than this, and descriptors are computed far below it.
_LONGER_SIDE = 1280
_THREADS = 16
# Of these as many decode at once as there are processors: more would be no faster, but take the
# memory of as many pictures and the interpreter's lock from each other.
_COMPUTING = threading.BoundedSemaphore(os.cpu_count() or 1)
# Rows whose outcome is written together.
_TOGETHER = 32
_HASH_SIZE = 16
# Bits of 256 in which the perceptual hashes of one picture may differ. Measured on 240 crops of
# photographs: copies of half the size or of JPEG quality 30 to 50 differ in 4 (median) to 32, nine
# of ten in at most 16; different crops of one photograph in 28 or more, a thousandth in 43 or less.
NEAR = 20

# Of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_FIELDS = (
    "state", "reason", "file", "sha256", "width", "height", "final_url", "status", "media_type",
    "byte_count", "phash", "duplicate_of",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """A stored file, and what is known of it."""

    name: str
    sha256: str
    size: tuple[int, int]
    phash: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What became of an address."""

    state: str
    reason: str = ""
    picture: _Picture | None = None
    final_url: str = ""
    byte_count: int | None = None
    status: int | None = None


def download(
    *, images: Sequence[WebImage], read: Read, known: Known, settled: Callable[[WebImage], None]
) -> None:
    """Get, check and store each image, and write into its row what became of it.

    Several are read at once; rows are settled in the order given, so that of equal pictures the
    first one is kept. `known` holds those that the word has already. Killed at any moment, every
    row is either settled or waiting as before, and a file without a row is found again by its
    name.
    """
    _reuse_memory()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="download") as pool:
        outcomes = pool.map(lambda image: _take(image.url, read), images)
        try:
            for rows in _portions(zip(images, outcomes, strict=True)):
                with transaction.atomic():
                    for image, outcome in rows:
                        _settle(image, outcome, known)
                    _write([image for image, _ in rows])
                for image, _ in rows:
                    settled(image)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class Known:
    """The pictures that a word has: by the hash of their file, and by how they look."""

    def __init__(self, word: Word) -> None:
        self._files: dict[str, int] = {}
        self._looks: list[tuple[int, int]] = []
        kept = WebImage.objects.filter(word=word, state=WebImage.State.OK).order_by("pk")
        for pk, sha256, phash, duplicate in kept.values_list(
            "pk", "sha256", "phash", "duplicate_of"
        ):
            self.add(pk, sha256, "" if duplicate else phash)

    def add(self, pk: int, sha256: str, phash: str) -> None:
        """Remember a kept image; a near-duplicate only by its file."""
        self._files.setdefault(sha256, pk)
        if phash:
            self._looks.append((int(phash, 16), pk))

    def same(self, sha256: str) -> int | None:
        """The image that has this very file."""
        return self._files.get(sha256)

    def near(self, phash: str) -> int | None:
        """The image that looks most like this, if it is nearly the same."""
        bits = int(phash, 16)
        differing = (((bits ^ look).bit_count(), pk) for look, pk in self._looks)
        least, nearest = min(differing, default=(NEAR + 1, 0))
        return nearest if least <= NEAR else None


def _write(images: Sequence[WebImage]) -> None:
    """Write what was settled; a row that somebody deleted meanwhile stays deleted.

    By one statement that inserts or updates: those of bulk_update, with a CASE for each value, take
    as long to put together as the images to decode.
    """
    rows = WebImage.objects.select_for_update().filter(pk__in=[image.pk for image in images])
    there = set(rows.values_list("pk", flat=True))
    WebImage.objects.bulk_create(
        [image for image in images if image.pk in there],
        update_conflicts=True, unique_fields=["pk"], update_fields=_FIELDS,
    )  # fmt: skip


@functools.cache
def _reuse_memory() -> None:
    """Let the next picture have the memory of the one before, where the C library is glibc.

    By itself it gives the memory back after each picture, and then a third of the time goes into
    taking it again, page by page.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)  # one stock for all threads
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)


def _portions(pairs: Iterable[Any]) -> Iterator[list[Any]]:
    portion = []
    for pair in pairs:
        portion.append(pair)
        if len(portion) == _TOGETHER:
            yield portion
            portion = []
    if portion:
        yield portion


def _take(url: str, read: Read) -> _Outcome:
    """Runs in a thread of its own: no database here."""
    try:
        came = read(url)
    except FetchError as error:
        state = WebImage.State.GONE if error.for_good else WebImage.State.FAILED
        return _Outcome(state=state, reason=error.reason, status=error.status)
    except (SourceError, OSError) as error:
        return _Outcome(state=WebImage.State.FAILED, reason=str(error))
    facts: dict[str, Any] = {}
    if isinstance(came, Fetched):
        facts, came = {"final_url": came.final_url, "status": came.status}, came.data
    facts["byte_count"] = len(came)
    try:
        return _Outcome(state=WebImage.State.OK, picture=_keep(came), **facts)
    except PhotographError as error:
        return _Outcome(state=WebImage.State.REJECTED, reason=str(error), **facts)


def _keep(data: bytes) -> _Picture:
    """Store the picture: as it came where it is plain and small enough, otherwise as a PNG."""
    with _COMPUTING:
        image, kind = decode(data), plain_format(data)
        if kind is None or max(image.size) > _LONGER_SIDE:
            image.thumbnail((_LONGER_SIDE, _LONGER_SIDE))
            kind, data = "PNG", png(image)
        size, phash = image.size, _look(image)
        del image  # the next one takes its memory
    name, digest = store("web", data, _SUFFIXES[kind])
    return _Picture(
        name=name, sha256=digest, size=size, media_type=f"image/{kind.lower()}", phash=phash
    )


def _look(image: Image.Image) -> str:
    """The perceptual hash.

    It is made of 64 x 64 pixels. To average blocks before the last reduction takes a third of the
    time, and tells copies from others as well.
    """
    side = 4 * _HASH_SIZE
    small = image.convert("L").resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3)
    return str(imagehash.phash(small, hash_size=_HASH_SIZE))


def _settle(image: WebImage, outcome: _Outcome, known: Known) -> None:
    image.state, image.reason = outcome.state, outcome.reason[:300]
    image.byte_count, image.status = outcome.byte_count, outcome.status
    image.final_url = outcome.final_url[:2000]
    picture = outcome.picture
    if picture is None:
        return
    if (same := known.same(picture.sha256)) is not None:
        image.state = WebImage.State.REJECTED
        image.reason = "the same picture as another one of this word"
        image.duplicate_of_id = same
        return
    image.file.name, image.sha256 = picture.name, picture.sha256
    image.width, image.height = picture.size
    image.media_type, image.phash = picture.media_type, picture.phash
    image.duplicate_of_id = known.near(picture.phash)
    known.add(image.pk, picture.sha256, "" if image.duplicate_of_id else picture.phash)
