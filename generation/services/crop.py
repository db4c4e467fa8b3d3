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


def crop_content(*, content: ContentImage, crop: Crop) -> ContentImage:
    """Cut a stored photograph to a square, and its mask with it.

    A mask that marks nothing, or everything, in the square is dropped. Raises PhotographError for
    a square that is none of the photograph's, ContentMade and TwinError.
    """
    while True:
        seen = ContentImage.objects.get(pk=content.pk)
        _refuse_if_made(seen)
        image = cut(_open(seen.file), crop)
        picture = store_png("content", image)  # takes seconds, so no lock is held
        mask = _cut_mask(seen, crop)
        outline = store_png("masks", mask) if mask else ("", "")
        with transaction.atomic():
            row = ContentImage.objects.select_for_update().get(pk=content.pk)
            # Else somebody cut or marked it in this moment: look again.
            if (row.sha256, row.mask_sha256) == (seen.sha256, seen.mask_sha256):
                return _replace(row, crop, picture, outline)


def _replace(
    row: ContentImage, crop: Crop, picture: tuple[str, str], outline: tuple[str, str]
) -> ContentImage:
    """Give a locked row its new picture and mask, by name and hash; remove the old ones' files."""
    _refuse_if_made(row)
    name, digest = picture
    if twin := ContentImage.objects.filter(sha256=digest).exclude(pk=row.pk).first():
        raise TwinError(row, twin)
    before = [str(row.file), str(row.mask)]
    row.file.name, row.sha256, row.width, row.height = name, digest, crop.side, crop.side
    row.mask.name, row.mask_sha256 = outline
    row.mask_proposed = row.mask_proposed and bool(row.mask)
    row.save(
        update_fields=[
            "file", "sha256", "width", "height", "mask", "mask_sha256", "mask_proposed",
        ]
    )  # fmt: skip
    transaction.on_commit(lambda: delete_unnamed(name for name in before if name))
    return row


def _refuse_if_made(content: ContentImage) -> None:
    if count := StylisedImage.objects.filter(content=content).count():
        raise ContentMade(content, count)


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
