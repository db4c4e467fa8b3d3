"""Proposing masks as long work, photograph by photograph."""

from __future__ import annotations

from collections.abc import Iterable

from generation.models import ContentImage
from generation.nst.foreground import fell_back
from generation.services.masks import propose
from jobs.models import Item
from jobs.services.ask import Wanted, ask_each
from jobs.services.batch import Batch

KIND = "mask"
# The outcome of an item whose photograph has nothing that stands out.
STAND_IN = "a stand-in: no object stood out"


def ask_masks(*, contents: Iterable[ContentImage]) -> list[Item]:
    """Propose masks for these photographs, of which none has one."""
    wanted = [Wanted(key=str(content.pk), label=content.name) for content in contents]
    about = ", ".join(each.label for each in wanted)
    return ask_each(kind=KIND, items=wanted, about=about) if wanted else []


def propose_mask(batch: Batch) -> None:
    """A mask that somebody uploaded meanwhile stays."""
    (item,) = batch.items
    mask = propose(content=ContentImage.objects.get(pk=item.key), replace=False)
    batch.commit(item, outcome=STAND_IN if fell_back(mask) else "")
