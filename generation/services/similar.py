"""WebImage -> the web images of similar style, while somebody waits for the page."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from generation.models import Description, WebImage, Word
from generation.nst.errors import WeightsError
from generation.nst.retrieval import SKETCH_SIZE, similar_styles
from generation.services.describe import UNREADABLE, current_descriptor, read_features, read_sketch
from storage.whole import write_whole

# Images whose exact similarity is computed, per image that is asked for.
_SHORT_LIST = 4

_ROW = np.dtype([("name", "S100"), ("sketch", "<f4", (SKETCH_SIZE,))])


@dataclass(frozen=True)
class Similar:
    """A web image, and the cosine of its Neural Style Vector with that of the one asked about."""

    image: WebImage
    similarity: float


def is_described(image: WebImage) -> bool:
    """Whether there is something to compare the image by."""
    try:
        return image.descriptions.filter(descriptor=current_descriptor()).exists()
    except WeightsError:  # a backbone's file that is missing, of which the doctor tells
        return False


def similar_images(*, image: WebImage, k: int = 12, word: Word | None = None) -> list[Similar]:
    """The k usable images, of one word or of all, whose style is most like the image's.

    The 300,000 numbers per image of thousands of images are too many for a request. So sketches
    of 1024 numbers each, packed into one file, choose a short list of 4 k, of which the exact
    similarity decides; `generation.nst.retrieval.sketch` says how rarely one is missed that way.
    Empty for an image that is not described, or whose features are not readable.
    """
    described = Description.objects.filter(descriptor=current_descriptor())
    name = described.filter(web_image=image).values_list("file", flat=True).first()
    if name is None:
        return []
    usable = (
        WebImage.objects.usable() if word is None else WebImage.objects.usable().filter(word=word)
    )
    others = described.filter(web_image__in=usable).exclude(web_image=image).order_by("pk")
    candidates = list(others.values_list("web_image_id", "file"))
    try:
        style = read_features(name, "style")["style"]
        short = _short_list(read_sketch(name), [file for _, file in candidates], _SHORT_LIST * k)
    except UNREADABLE:
        return []
    keys, styles = [], []
    for i in short:
        key, file = candidates[i]
        with suppress(*UNREADABLE):
            styles.append(read_features(file, "style")["style"])
            keys.append(key)
    found = similar_styles(style, styles, k)
    rows = WebImage.objects.select_related("word").in_bulk([keys[i] for i in found.indices])
    return [
        Similar(rows[keys[i]], float(similarity))
        for i, similarity in zip(found.indices, found.similarities, strict=True)
    ]


def _short_list(
    asked: npt.NDArray[np.float32], names: Sequence[str], length: int
) -> npt.NDArray[np.intp]:
    """The places of the `length` names whose sketches are most like the one asked about."""
    index = _read_index()
    places = _places(index)
    if any(name not in places for name in names):
        index = pack_sketches()
        places = _places(index)
    known = np.array([i for i, name in enumerate(names) if name in places], dtype=np.intp)
    products = index["sketch"] @ asked
    nearness = products[[places[names[i]] for i in known]]
    return np.asarray(known[np.argsort(-nearness, kind="stable")[:length]])


def pack_sketches() -> npt.NDArray[Any]:
    """Bring the file of all sketches up to date: rows of a name and a sketch.

    Its place is the data folder of this machine: it can always be made again from the features,
    whose names are hashes of what they hold. Features that are not readable are left out.
    """
    names = set(
        Description.objects.filter(descriptor=current_descriptor()).values_list("file", flat=True)
    )
    index = _read_index()
    places = _places(index)
    kept = index[[place for name, place in places.items() if name in names]]
    added = [row for name in sorted(names - places.keys()) for row in _sketched(name)]
    if added or len(kept) < len(index):
        index = np.concatenate([kept, np.array(added, dtype=_ROW)])
        data = io.BytesIO()
        np.save(data, index)
        write_whole(_path(), data.getvalue())
    return index


def _sketched(name: str) -> Collection[tuple[bytes, npt.NDArray[np.float32]]]:
    try:
        return [(name.encode(), read_sketch(name))]
    except UNREADABLE:
        return []


def _read_index() -> npt.NDArray[Any]:
    try:
        index: npt.NDArray[Any] = np.load(_path(), mmap_mode="r")
    except UNREADABLE:
        return np.empty(0, dtype=_ROW)
    return index if index.dtype == _ROW and index.ndim == 1 else np.empty(0, dtype=_ROW)


def _places(index: npt.NDArray[Any]) -> dict[str, int]:
    return {name.decode(): place for place, name in enumerate(index["name"].tolist())}


def _path() -> Path:
    version = hashlib.sha256(f"{current_descriptor()}\n{SKETCH_SIZE}".encode()).hexdigest()[:16]
    return Path(settings.DATA_DIR) / "sketches" / f"{version}.npy"
