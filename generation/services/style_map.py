"""The described images of all words -> a map of their styles."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from generation.models import Description, StyleMap, WebImage, Word
from generation.nst.errors import NstError, WeightsError
from generation.nst.projection import overlap, project
from generation.services.describe import current_descriptor, describe_images, undescribed
from generation.services.similar import pack_sketches

PER_WORD = 300  # images at most
NEIGHBOURS = 5  # of an image, by whose words the overlap is measured; a word needs one image more
FEWEST = 3  # images on a map

_DECIMALS = 4


class StyleMapError(NstError, ValueError):
    """Too few described images for a map."""


class Stages(Protocol):
    """Is told how far the work is."""

    def begin(self, stage: str, total: int) -> None: ...

    def add(self) -> None: ...


@dataclass(frozen=True)
class Latest:
    """The map that was drawn last, beside what a new one would show.

    `added` images would come onto it and `removed` ones would go; `old_descriptor` is whether it
    shows features of another descriptor than the current one.
    """

    map: StyleMap
    added: int
    removed: int
    old_descriptor: bool

    @property
    def is_old(self) -> bool:
        return bool(self.added or self.removed or self.old_descriptor)


@dataclass(frozen=True)
class Chosen:
    """The images that a map would show, by their keys: the words they are of."""

    words: dict[int, int]

    def __len__(self) -> int:
        return len(self.words)


def chosen_images() -> Chosen:
    """At most 300 usable images of each word, those with the smallest SHA-256.

    That is a random sample, which neither prefers a search's first results nor changes more than
    it has to when images come or go.
    """
    usable = WebImage.objects.usable().order_by("word_id", "sha256", "pk")
    counts: dict[int, int] = {}
    words: dict[int, int] = {}
    for key, word in usable.values_list("pk", "word_id"):
        counts[word] = counts.get(word, 0) + 1
        if counts[word] <= PER_WORD:
            words[key] = word
    return Chosen(words)


def draw_style_map(*, tally: Stages | None = None, seed: int = 0) -> StyleMap:
    """Put at most 300 usable images of each word onto a plane by their Neural Style Vectors.

    Images that are not described yet are described first. `chosen_images` says which ones they
    are; `generation.nst.projection` what the places and the overlap mean. Both are computed from
    the sketches of the vectors, scaled to length 1, whose distances are those of the vectors but
    for an error that `generation.nst.retrieval.sketch` gives. An image whose stored features
    cannot be read is left out, and listed as `unreadable` among the map's points.

    The same images and seed give the map that is there already, which is then the latest again.
    Raises StyleMapError when there are fewer than three described images.
    """
    chosen = chosen_images()
    _describe(chosen, tally)
    if tally:
        tally.begin("place", 1)
    images, sketches = _sketches(chosen)
    if len(images) < FEWEST:
        raise StyleMapError(
            f"expected at least {FEWEST} described images, got {len(images)}; manage.py collect "
            "finds some"
        )
    fingerprint = _fingerprint(chosen, images, seed)
    if found := StyleMap.objects.filter(fingerprint=fingerprint).first():
        found.created_at = timezone.now()
        found.save(update_fields=["created_at"])
        return found
    made, _ = StyleMap.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "descriptor": current_descriptor(),
            "points": _points(chosen, images, sketches, seed),
            "overlap": _overlap([chosen.words[key] for key in images], sketches),
        },
    )
    if tally:
        tally.add()
    return made


def latest_style_map() -> Latest | None:
    """The map drawn last, and how many images came and went since; None where there is none."""
    found = StyleMap.objects.first()
    if found is None:
        return None
    there = set(found.points["image"]) | set(found.points["unreadable"])
    wanted = chosen_images().words.keys()
    try:
        old_descriptor = found.descriptor != current_descriptor()
    except WeightsError:  # a backbone's file that is missing, of which the doctor tells
        old_descriptor = False
    return Latest(found, len(wanted - there), len(there - wanted), old_descriptor)


def _describe(chosen: Chosen, tally: Stages | None) -> None:
    images = [image for image in undescribed(Word.objects.all()) if image.pk in chosen.words]
    if tally:
        tally.begin("describe", len(images))
    describe_images(images=images, progress=tally.add if tally else None)


def _sketches(chosen: Chosen) -> tuple[list[int], npt.NDArray[np.float32]]:
    """The keys of the images with readable features, and their sketches of length 1 (n, 1024)."""
    index = pack_sketches()
    places = {name.decode(): place for place, name in enumerate(index["name"].tolist())}
    described = Description.objects.filter(descriptor=current_descriptor())
    files = described.order_by("web_image__word_id", "web_image__sha256", "pk")
    rows = [
        (key, places[file])
        for key, file in files.values_list("web_image_id", "file")
        if key in chosen.words and file in places
    ]
    found = np.asarray(index["sketch"][[place for _, place in rows]])
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit = found / np.where(lengths > 0, lengths, 1)
    return [key for key, _ in rows], unit.astype(np.float32)


def _fingerprint(chosen: Chosen, images: list[int], seed: int) -> str:
    # The map holds keys, so an image that was deleted and collected again is another one.
    content = {
        "descriptor": current_descriptor(), "seed": seed, "per_word": PER_WORD,
        "neighbours": NEIGHBOURS, "images": [(key, chosen.words[key]) for key in images],
        "unreadable": _unreadable(chosen, images),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _unreadable(chosen: Chosen, images: list[int]) -> list[int]:
    return sorted(chosen.words.keys() - set(images))


def _points(
    chosen: Chosen, images: list[int], sketches: npt.NDArray[np.float32], seed: int
) -> dict[str, list[Any]]:
    x, y = project(sketches, seed).astype(np.float64).round(_DECIMALS).T.tolist()
    words = [chosen.words[key] for key in images]
    unreadable = _unreadable(chosen, images)
    return {"image": images, "word": words, "x": x, "y": y, "unreadable": unreadable}


def _overlap(words: list[int], sketches: npt.NDArray[np.float32]) -> dict[str, list[Any]]:
    """With None for what cannot be estimated, since JSON knows no NaN."""
    keys, shares = overlap(sketches, words, NEIGHBOURS)
    rounded = shares.round(_DECIMALS)
    rows = [[None if np.isnan(share) else float(share) for share in row] for row in rounded]
    return {"word": keys, "shares": rows}
