"""Reconstructing an image from each layer as long work, into a file that the worker reaches."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from generation.models import ContentImage
from generation.photographs import decode
from generation.services.store import png
from jobs.models import Item
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch
from storage.whole import write_whole

KIND = "reconstruct"


@dataclass(frozen=True, kw_only=True)
class Reconstruct:
    """Of a file, or of the content image of this key; into the file `output`."""

    output: str
    size: int
    iterations: int
    file: str = ""
    content: int = 0


def ask_reconstruct(*, wanted: Reconstruct) -> tuple[Item, bool]:
    """Only one at a time makes sense into a file; whether that is new."""
    key = hashlib.sha256(wanted.output.encode()).hexdigest()
    item = Wanted(key=key, label=wanted.output, parameters=asdict(wanted))
    return ask_once(kind=KIND, item=item)


def reconstruct_image(batch: Batch) -> None:
    """The outcome says how far each reconstruction is from the image."""
    from generation.nst.reconstruct import reconstruct, strip  # PyTorch

    (item,) = batch.items
    asked, tally = Reconstruct(**item.parameters), batch.tally(item)
    image = _opened(asked)
    begun = False

    def tell(done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            tally.begin(KIND, total)
            begun = True
        tally.move_to(done)

    parts = reconstruct(
        image, size=asked.size, iterations=asked.iterations, device=settings.NST_DEVICE,
        on_step=tell,
    )  # fmt: skip
    found = list(parts)
    write_whole(Path(asked.output), png(strip(image, found)))
    lines = [f"{each.kind} {each.layer}: {each.error:.1f} grey levels from it" for each in found]
    batch.commit(item, outcome="\n".join(lines))


def _opened(asked: Reconstruct) -> Any:
    if asked.file:
        return decode(Path(asked.file).read_bytes())
    with ContentImage.objects.get(pk=asked.content).file.open() as file:
        return decode(file.read())
