"""Small pictures of web images, for pages that show hundreds of them."""

from __future__ import annotations

import io

from django.core.files.storage import default_storage
from PIL import Image

from generation.models import WebImage
from storage import put

SIDE = 240  # px of the longer side


def thumbnail(sha256: str) -> str:
    """The name in the storage of the JPEG of at most 240 px of the kept image of this hash.

    It is made when it is first asked for. Raises WebImage.DoesNotExist where no kept image has
    the hash, OSError where its file is missing or broken.
    """
    name = f"thumbnails/{sha256[:2]}/{sha256}.jpg"
    if not default_storage.exists(name):
        image = WebImage.objects.filter(sha256=sha256, state=WebImage.State.OK).first()
        if image is None:
            raise WebImage.DoesNotExist(sha256)
        with image.file.open() as file:
            put(name, _small(Image.open(file)))
    return name


def _small(picture: Image.Image) -> bytes:
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
    small = picture.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    small.save(data, "JPEG", quality=82)
    return data.getvalue()
