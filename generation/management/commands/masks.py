from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from PIL import Image

from generation.management.arguments import contents_of
from generation.models import ContentImage
from generation.nst.errors import MaskError
from generation.nst.foreground import check_mask
from generation.photographs import PhotographError, decode
from generation.segmenters import SegmenterError, load_segmenter
from generation.services.masks import MaskInUse, set_masks
from generation.services.proposing import ask_masks
from jobs.management.arguments import add_wait
from jobs.management.waiting import failures, tell_of, wait_for
from jobs.models import Item
from jobs.progress import Progress


class Command(BaseCommand):
    help = "List which content images have foreground masks, propose the missing, or load files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--contents", nargs="*", action="extend", metavar="NAME", help="all by default"
        )
        add_wait(parser)
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--propose", action="store_true", help="for those that have none")
        how.add_argument(
            "--from", type=Path, dest="folder", metavar="FOLDER", help="with files as coffee.png"
        )

    def handle(self, **options: Any) -> None:
        contents = contents_of(options["contents"])
        remarks: dict[int, str] = {}
        failed: list[str] = []
        if options["propose"]:
            items = _ask(contents.filter(mask=""))
            if not options["wait"]:
                tell_of(items, self.stdout)
                return
            remarks, failed = _propose(items)
        elif options["folder"] is not None:
            _load(contents, options["folder"], chosen=bool(options["contents"]))
        for content in contents.all():
            self.stdout.write(f"{content}: {_state(content)}{remarks.get(content.pk, '')}")
        if failed:
            raise CommandError("\n".join(failed))


def _state(content: ContentImage) -> str:
    if not content.mask:
        return "none"
    return "proposed" if content.mask_proposed else "uploaded"


def _ask(contents: Iterable[ContentImage]) -> list[Item]:
    try:
        load_segmenter()
    except SegmenterError as error:
        raise CommandError(str(error)) from error
    return ask_masks(contents=contents)


def _propose(items: Sequence[Item]) -> tuple[dict[int, str], list[str]]:
    """Remarks by content image, and failures; one that fails does not keep the others from it."""
    ended = wait_for(items, name="propose", unit="masks")
    return {int(i.key): f", {i.outcome}" if i.outcome else "" for i in ended}, failures(ended)


def _load(contents: Iterable[ContentImage], folder: Path, *, chosen: bool) -> None:
    """Store FOLDER/NAME.png of each content image, after all of them were found to be masks."""
    files = _files(list(contents), folder, chosen=chosen)
    masks, wrong = [], []
    with Progress("read", len(files), "masks") as bar:
        for content, path in files:
            try:
                masks.append((content, _read(content, path)))
            except (PhotographError, MaskError, OSError) as error:
                wrong.append(f"{path.name}: {error}")
            bar.add()
    if wrong:
        raise CommandError("\n".join(["no mask was stored:", *wrong]))
    try:
        set_masks(masks=masks)
    except MaskInUse as error:
        raise CommandError(f"no mask was stored: {error}") from error


def _files(
    contents: list[ContentImage], folder: Path, *, chosen: bool
) -> list[tuple[ContentImage, Path]]:
    if not folder.is_dir():
        raise CommandError(f"--from: expected a folder of masks, got '{folder}'")
    files = [(content, folder / f"{content.name}.png") for content in contents]
    there = [(content, path) for content, path in files if path.is_file()]
    missing = [path.name for _, path in files if not path.is_file()]
    if missing and (chosen or not there):
        raise CommandError(f"--from: expected {missing} in '{folder}'")
    names = {content.name for content in contents}
    if not chosen and (others := sorted({p.stem for p in folder.glob("*.png")} - names)):
        raise CommandError(f"--from: expected content images of {sorted(names)}, got {others}")
    return there


def _read(content: ContentImage, path: Path) -> Image.Image:
    return check_mask(decode(path.read_bytes(), ground="black"), (content.width, content.height))
