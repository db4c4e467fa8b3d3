"""Photographs that people bring."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.text import slugify
from PIL import Image

from generation.models import ContentImage, Recipe, StyleCluster
from generation.services.store import png, store_png
from generation.services.stylise import enqueue
from generation.uses import Need

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# A stimulus is made far below this size, and a page shows no larger photograph.
LONGER_SIDE = 1600
# Priority in the queue of what somebody is looking at.
WAITED_FOR = 10
_NAME = 50  # letters of a proposed name, which leaves room for a number


def sized(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    return image


def find_content(image: Image.Image) -> ContentImage | None:
    """The content image that shows the same picture, in whatever file it came."""
    digest = hashlib.sha256(png(sized(image))).hexdigest()
    return ContentImage.objects.filter(sha256=digest).first()


def keep_content(
    *,
    name: str,
    image: Image.Image,
    credit: str = "",
    licence: str = "",
    uploaded_by: User | None = None,
) -> tuple[ContentImage, bool]:
    """Store a decoded photograph, without stimuli; and whether it is new.

    The same picture again gives the content image that is there. Encoding it takes seconds, so
    that is done before the database is asked for anything.
    """
    said = {"name": name, "credit": credit, "licence": licence, "uploaded_by": uploaded_by}
    return _keep(_stored(image), said)


def _stored(image: Image.Image) -> dict[str, Any]:
    """The fields that a picture decides; its file is there."""
    image = sized(image)
    name, digest = store_png("content", image)
    return {"file": name, "sha256": digest, "width": image.width, "height": image.height}


def _keep(picture: dict[str, Any], said: dict[str, Any]) -> tuple[ContentImage, bool]:
    return ContentImage.objects.get_or_create(sha256=picture["sha256"], defaults=picture | said)


def add_content(
    *,
    name: str,
    image: Image.Image,
    credit: str = "",
    licence: str = "",
    uploaded_by: User | None = None,
) -> ContentImage:
    """Store a decoded photograph and queue all its stimuli: both are kept, or neither is.

    Adding the same picture again gives the content image that is there. It is encoded before the
    database is asked for anything, as by `keep_content`.
    """
    picture = _stored(image)
    said = {"name": name, "credit": credit, "licence": licence, "uploaded_by": uploaded_by}
    with transaction.atomic():
        content, created = _keep(picture, said)
        if created:
            # Somebody waits for these: they go ahead of the backlog.
            enqueue(
                contents=[content],
                recipes=Recipe.objects.in_use(),
                priority=WAITED_FOR,
                asked_by=uploaded_by,
            )
    return content


def make_for(
    *, contents: Sequence[ContentImage], needs: Sequence[Need] | None, asked_by: User | None = None
) -> int:
    """Queue what these needs want of the photographs, or what every word gives them (None).

    Returns how many stimuli were queued; those that are there, or wait already, are not anew.
    """
    if needs is None:
        recipes = Recipe.objects.in_use()
        job = enqueue(contents=contents, recipes=recipes, priority=WAITED_FOR, asked_by=asked_by)
        return job.items.count() if job else 0
    wanted: dict[Recipe, dict[int, StyleCluster]] = {}
    for need in needs:
        for recipe, clusters in need.wanted:
            wanted.setdefault(recipe, {}).update({each.pk: each for each in clusters})
    jobs = [
        enqueue(
            contents=contents, recipes=[recipe], clusters=list(clusters.values()),
            priority=WAITED_FOR, asked_by=asked_by,
        )
        for recipe, clusters in wanted.items()
    ]  # fmt: skip
    return sum(job.items.count() for job in jobs if job)


def propose_name(file: str, taken: Container[str] = ()) -> str:
    """A name for the photograph in this file that is not taken: coffee, coffee-2."""
    stem = slugify(PurePath(file).stem)[:_NAME].strip("-_") or "photograph"
    found = set(ContentImage.objects.filter(name__startswith=stem).values_list("name", flat=True))
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(name for name in names if name not in found and name not in taken)
