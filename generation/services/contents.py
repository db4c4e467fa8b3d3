"""Photographs that people bring."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction
from PIL import Image

from generation.models import ContentImage, Recipe
from generation.services.store import png, store_png
from generation.services.stylise import enqueue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# A stimulus is made far below this size, and a page shows no larger photograph.
LONGER_SIDE = 1600


def sized(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    return image


def find_content(image: Image.Image) -> ContentImage | None:
    """The content image that shows the same picture, in whatever file it came."""
    digest = hashlib.sha256(png(sized(image))).hexdigest()
    return ContentImage.objects.filter(sha256=digest).first()


@transaction.atomic
def add_content(
    *,
    name: str,
    image: Image.Image,
    credit: str = "",
    licence: str = "",
    uploaded_by: User | None = None,
) -> ContentImage:
    """Store a decoded photograph and queue all its stimuli: both are kept, or neither is.

    Adding the same picture again gives the content image that is there.
    """
    image = sized(image)
    stored, digest = store_png("content", image)
    content, created = ContentImage.objects.get_or_create(
        sha256=digest,
        defaults={
            "name": name, "file": stored, "width": image.width, "height": image.height,
            "credit": credit, "licence": licence, "uploaded_by": uploaded_by,
        },
    )  # fmt: skip
    if created:
        # Somebody waits for these: they go ahead of the backlog.
        enqueue(contents=[content], recipes=Recipe.objects.in_use(), priority=10)
    return content
