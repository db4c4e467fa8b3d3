from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import ContentImage
from generation.nst import NstError
from generation.photographs import PhotographError, decode
from generation.progress import Progress
from jobs.management.arguments import at_least_one


class Command(BaseCommand):
    help = (
        "Recover an image from each layer's activations alone, and from its Gram matrices alone: "
        "what of it is content, and what is style, to the network."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("image", help="a file, or the name of a content image")
        parser.add_argument("--output", help="by default the image's name with -layers.png")
        parser.add_argument("--size", type=at_least_one, default=160, help="longer side in px")
        parser.add_argument("--iterations", type=at_least_one, default=150, help="per picture")

    def handle(self, **options: Any) -> None:
        from generation.nst.reconstruct import LAYERS, reconstruct, strip

        image, stem = _image(options["image"])
        output = Path(options["output"] or f"{stem}-layers.png")
        total = 2 * len(LAYERS) * options["iterations"]
        found = []
        try:
            with Progress("reconstruct", total, "iterations") as bar:
                for item in reconstruct(
                    image, size=options["size"], iterations=options["iterations"],
                    device=settings.NST_DEVICE, on_step=bar.move_to,
                ):  # fmt: skip
                    found.append(item)
            strip(image, found).save(output)
        except (NstError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        for item in found:
            self.stdout.write(f"{item.kind} {item.layer}: {item.error:.1f} grey levels from it")
        self.stdout.write(f"written to {output}")


def _image(name: str) -> tuple[Any, str]:
    """The picture of this name, and what to call what is made of it."""
    path = Path(name)
    if path.is_file():
        try:
            return decode(path.read_bytes()), path.stem
        except PhotographError as error:
            raise CommandError(f"{path}: {error}") from error
    content = ContentImage.objects.filter(name=name).first()
    if content is None:
        known = list(ContentImage.objects.values_list("name", flat=True))
        raise CommandError(f"expected a file or a content image of {known}, got {name!r}")
    with content.file.open() as file:
        return decode(file.read()), content.name
