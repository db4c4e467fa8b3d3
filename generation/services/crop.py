"""Cutting a photograph that is stored already, as long as nothing was made from it."""

from __future__ import annotations

from django.db import transaction
from django.db.models.fields.files import FieldFile
from PIL import Image

from generation.models import ContentImage, StylisedImage
from generation.nst.errors import MaskError
from generation.nst.foreground import check_mask
from generation.photographs import Crop, cut
from generation.services.remove import delete_unnamed
from generation.services.store import store_png


class CropError(Exception):
    """The photograph stays as it is."""


class ContentMade(CropError):  # noqa: N818  nothing is wrong with the photograph
    """Stimuli were made, or are to be made, from the photograph; `count` says how many."""

    def __init__(self, content: ContentImage, count: int) -> None:
        super().__init__(
            f"{content}: expected a photograph that no stimulus is made from, got one of {count}"
        )
        self.count = count


class TwinError(CropError):
    """What would be left is another photograph, the `twin`."""

    def __init__(self, content: ContentImage, twin: ContentImage) -> None:
        super().__init__(f"{content}: expected another picture than that of {twin}")
        self.twin = twin


@transaction.atomic
def crop_content(*, content: ContentImage, crop: Crop) -> ContentImage:
    """Cut a stored photograph to a square, and its mask with it.

    A mask that marks nothing, or everything, in the square is dropped. Raises PhotographError for
    a square that is none of the photograph's, ContentMade and TwinError.
    """
    row = ContentImage.objects.select_for_update().get(pk=content.pk)
    if count := StylisedImage.objects.filter(content=row).count():
        raise ContentMade(row, count)
    before = [str(row.file), str(row.mask)]
    image = cut(_open(row.file), crop)
    name, digest = store_png("content", image)
    if twin := ContentImage.objects.filter(sha256=digest).exclude(pk=row.pk).first():
        raise TwinError(row, twin)
    mask = _cut_mask(row, crop)
    row.file.name, row.sha256 = name, digest
    row.width, row.height = image.size
    row.mask.name, row.mask_sha256 = store_png("masks", mask) if mask else ("", "")
    row.mask_proposed = row.mask_proposed and mask is not None
    row.save(
        update_fields=[
            "file", "sha256", "width", "height", "mask", "mask_sha256", "mask_proposed",
        ]
    )  # fmt: skip
    transaction.on_commit(lambda: delete_unnamed(name for name in before if name))
    return row


def _cut_mask(row: ContentImage, crop: Crop) -> Image.Image | None:
    if not row.mask:
        return None
    mask = cut(_open(row.mask).convert("L"), crop)
    try:
        return check_mask(mask, mask.size)
    except MaskError:  # the object lies elsewhere, or fills the square
        return None


def _open(stored: FieldFile) -> Image.Image:
    with stored.open() as file:
        image = Image.open(file)
        image.load()
        return image
