"""WebImage -> the numbers that describe it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import numpy as np
from django.conf import settings
from PIL import Image

from generation.models import Description, WebImage, Word
from generation.nst.descriptors import DESCRIPTOR, Features, describe
from generation.services.store import store


def undescribed(words: Iterable[Word]) -> list[WebImage]:
    """The words' usable images without features of the current descriptor."""
    usable = WebImage.objects.usable().filter(word__in=words)
    return list(usable.exclude(descriptions__descriptor=DESCRIPTOR))


def describe_images(
    *, images: Iterable[WebImage], progress: Callable[[], None] | None = None
) -> None:
    """Compute and store the features of each image; one that has them keeps them."""
    for image in images:
        with image.file.open() as file:
            (features,) = describe([Image.open(file)], device=settings.NST_DEVICE)
        packed = io.BytesIO()
        np.savez(packed, deep=features.deep, style=features.style)
        name, _ = store("features", packed.getvalue(), ".npz")
        Description.objects.get_or_create(
            web_image=image, descriptor=DESCRIPTOR, defaults={"file": name}
        )
        if progress:
            progress()


def features_of(description: Description) -> Features:
    """The stored features of a described image."""
    with description.file.open() as file, np.load(io.BytesIO(file.read())) as arrays:
        return Features(arrays["deep"], arrays["style"])
