"""Taking photographs away, with the stimuli that were made from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError

from generation.models import ContentImage, StylisedImage
from generation.uses import uses
from jobs.models import Item
from jobs.services.ask import cancel


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes with photographs: rows of stimuli, and names of files in the storage."""

    stimuli: int
    files: Sequence[str]


class ContentInUse(Exception):  # noqa: N818  nothing is wrong with the photograph
    """Something is built on a photograph; `reasons` say what."""

    def __init__(self, content: ContentImage, reasons: Sequence[str]) -> None:
        super().__init__(
            f"expected a photograph that nothing is built on, got {content}: {'; '.join(reasons)}"
        )
        self.content, self.reasons = content, reasons


def removal_of(contents: Iterable[ContentImage]) -> Removal:
    """What removing these would take along. A file that other rows name stays."""
    own = list(contents)
    rows = StylisedImage.objects.filter(content__in=own)
    names = {str(content.file) for content in own}
    names |= {str(content.mask) for content in own if content.mask}
    names |= set(rows.done().order_by().values_list("file", flat=True))
    return Removal(rows.count(), sorted(_named_by_no_other(names, own)))


def _named_by_no_other(names: set[str], own: Sequence[ContentImage] = ()) -> set[str]:
    """Those of the files that no row names, apart from these photographs and their stimuli."""
    kept = ContentImage.objects.exclude(pk__in=[content.pk for content in own])
    elsewhere = StylisedImage.objects.exclude(content__in=own)
    for rest, field in ((kept, "file"), (kept, "mask"), (elsewhere, "file")):
        among = rest.filter(**{f"{field}__in": names}).order_by()
        names = names - set(among.values_list(field, flat=True))
    return names


@transaction.atomic
def remove_contents(*, contents: Iterable[ContentImage]) -> Removal:
    """Remove photographs, their stimuli, and the files of both: all of them, or nothing.

    What of them is being made stops at its next step. Raises ContentInUse where a study, or
    something else, is built on one.
    """
    keys = [content.pk for content in contents]
    own = list(ContentImage.objects.select_for_update().filter(pk__in=keys))
    for content in own:
        if reasons := uses(content):
            raise ContentInUse(content, reasons)
    goes = removal_of(own)
    rows = StylisedImage.objects.filter(content__in=own)
    cancel(Item.objects.filter(stylised__in=rows))
    try:
        rows.delete()
        ContentImage.objects.filter(pk__in=keys).delete()
    except ProtectedError as error:  # something was built on one in this moment
        reasons = [str(each) for each in error.protected_objects]
        raise ContentInUse(own[0], reasons) from error
    transaction.on_commit(lambda: delete_unnamed(goes.files))
    return goes


def delete_unnamed(names: Iterable[str]) -> None:
    """Remove files that no row of a photograph or stimulus names (any more), after a commit.

    What the storage fails to remove is logged, and the rest removed all the same.
    """
    for name in sorted(_named_by_no_other(set(names))):
        transaction.on_commit(partial(default_storage.delete, name), robust=True)
