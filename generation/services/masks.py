"""Foreground masks of content images: uploaded by people, or proposed by a segmenter."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models.fields.files import FieldFile
from PIL import Image

from generation.models import ContentImage, StylisedImage
from generation.nst.errors import MaskError
from generation.nst.foreground import check_mask, fell_back
from generation.segmenters import SegmenterError, load_segmenter
from generation.services.store import store_png

logger = logging.getLogger(__name__)


class MaskInUse(MaskError):  # noqa: N818  nothing is wrong with the mask
    """Stimuli were made inside the mask that is there; `count` says how many."""

    def __init__(self, content: ContentImage, count: int) -> None:
        super().__init__(
            "%(content)s: expected a mask that no stimulus was made from yet; %(count)s were or "
            "are just being made from this one, so it stays as it is",
            content=content, count=count,
        )  # fmt: skip
        self.count = count


def set_mask(*, content: ContentImage, image: Image.Image, proposed: bool = False) -> ContentImage:
    """Store a content image's mask; white is the object.

    Raises MaskError where `image` is no mask for this photograph, and MaskInUse where another
    mask is there and stimuli were made from it. The same mask again changes nothing, except that
    a proposal which somebody uploads is theirs. The mask is encoded before the database is asked
    for anything.
    """
    return _set(content, _stored(content, image), proposed=proposed)


def _stored(content: ContentImage, image: Image.Image) -> tuple[str, str]:
    """Name and hash of the file of a mask, which is there."""
    return store_png("masks", check_mask(image, (content.width, content.height)))


@transaction.atomic
def _set(content: ContentImage, stored: tuple[str, str], *, proposed: bool = False) -> ContentImage:
    row = ContentImage.objects.select_for_update().get(pk=content.pk)
    name, digest = stored
    if row.mask_sha256 == digest:
        row.mask_proposed = row.mask_proposed and proposed
    else:
        _refuse_if_in_use(row)
        row.mask.name, row.mask_sha256, row.mask_proposed = name, digest, proposed
    row.save(update_fields=["mask", "mask_sha256", "mask_proposed"])
    return row


def set_masks(*, masks: Iterable[tuple[ContentImage, Image.Image]]) -> None:
    """Store the masks of several content images that people made: all of them, or none."""
    made = [(content, _stored(content, image)) for content, image in masks]
    with transaction.atomic():
        for content, stored in made:
            _set(content, stored)


def suggest(*, content: ContentImage) -> Image.Image:
    """What the segmenter says of a photograph, checked, without storing it.

    `fell_back` of it is true where no object was found; SegmenterError names who failed.
    """
    segmenter = load_segmenter()
    photograph = _open(content.file).convert("RGB")
    try:
        mask = segmenter(photograph)
    # It is anybody's code, and may raise anything.
    except Exception as error:
        raise _failed(content, f"it failed: {error!r}") from error
    if not isinstance(mask, Image.Image):
        raise _failed(content, f"expected a PIL image, got {type(mask).__name__}")
    try:
        checked = check_mask(mask, (content.width, content.height))
    except MaskError as error:
        raise _failed(content, str(error)) from error
    checked.info["fallback"] = fell_back(mask)
    return checked


def propose(*, content: ContentImage, replace: bool = True) -> Image.Image:
    """Propose a mask and store it; returns what was proposed.

    It comes in place of the mask that is there by then, or, without `replace`, only where there
    is none. `fell_back` of it is true where no object was found. Raises MaskInUse and
    SegmenterError.
    """
    if replace:
        _refuse_if_in_use(content)  # before the work; `set_mask` asks again behind its lock
    mask = suggest(content=content)  # may take long, so no lock is held
    stored = _stored(content, mask)
    with transaction.atomic():
        row = ContentImage.objects.select_for_update().get(pk=content.pk)
        if replace or not row.mask:
            _set(row, stored, proposed=True)
    return mask


def ensure_mask(*, content: ContentImage) -> Image.Image:
    """The content image's mask, "L" and of its size; where there is none, one is proposed.

    Of several that propose at the same moment the first is stored, and all get that one.
    """
    row = ContentImage.objects.get(pk=content.pk)
    if not row.mask:
        if fell_back(propose(content=row, replace=False)):
            logger.warning("%s: no object stood out, the proposed mask is a stand-in", row)
        row.refresh_from_db()
    return _open(row.mask).convert("L")


def count_made_inside(*, content: ContentImage) -> int:
    """How many stimuli were, or are being, made from the content image's mask."""
    if not content.mask:
        return 0
    return StylisedImage.objects.filter(content=content).bound_to_mask().count()


def _refuse_if_in_use(content: ContentImage) -> None:
    if count := count_made_inside(content=content):
        raise MaskInUse(content, count)


def _failed(content: ContentImage, reason: str) -> SegmenterError:
    path = settings.FOREGROUND_SEGMENTER
    return SegmenterError(f"{content}: no mask from TEXTURESTUDY_SEGMENTER={path}: {reason}")


def _open(stored: FieldFile) -> Image.Image:
    with stored.open() as file:
        image = Image.open(file)
        image.load()
        return image
