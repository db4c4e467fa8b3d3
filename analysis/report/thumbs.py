"""Stored images as small JPEG pictures within the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.core.files.storage import default_storage
from django.db.models import Model
from PIL import Image, UnidentifiedImageError

from generation.models import ContentImage, StylisedImage

_Key = TypeVar("_Key", int, str)

_MANY = 400  # images, of which smaller ones are enough
_LARGE_PX, _SMALL_PX, _QUALITY = 128, 88, 80


def of_stimuli(pks: Iterable[int]) -> dict[int, str]:
    """The data address of each stylised image; "" where its file cannot be read."""
    return _addresses(dict(_files(StylisedImage, pks)))


def of_contents(names: Iterable[str]) -> dict[str, str]:
    """The data address of each content image by its name."""
    rows = ContentImage.objects.filter(name__in=list(names)).values_list("name", "file")
    return _addresses(dict(rows))


def _files(model: type[Model], pks: Iterable[int]) -> Iterable[tuple[int, str]]:
    wanted = set(pks)
    # A list of thousands of keys is more than some databases take in one query.
    rows = model._default_manager.order_by().values_list("pk", "file")
    if len(wanted) <= _MANY:
        rows = rows.filter(pk__in=wanted)
    return ((pk, file) for pk, file in rows.iterator() if pk in wanted)


def _addresses(files: Mapping[_Key, str]) -> dict[_Key, str]:
    side = _SMALL_PX if len(files) > _MANY else _LARGE_PX
    return {key: _address(file, side) for key, file in files.items()}


def _address(file: str, side: int) -> str:
    try:
        with default_storage.open(file) as opened, Image.open(opened) as image:
            # A JPEG is decoded at about the size that is needed.
            image.draft("RGB", (side, side))
            small = image.convert("RGB")
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
    except (OSError, ValueError, UnidentifiedImageError):
        return ""
    data = io.BytesIO()
    small.save(data, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
