from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import ContentImage
from generation.photographs import PhotographError, decode
from generation.services.reconstructing import KIND, Reconstruct, ask_reconstruct
from jobs.management.arguments import add_wait, at_least_one
from jobs.management.waiting import asked_for, raise_failures, tell_of, wait_for


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
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        image, stem = _image(options["image"])
        output = Path(options["output"] or f"{stem}-layers.png")
        if not output.absolute().parent.is_dir():
            raise CommandError(f"--output: expected a file in a folder that is there, got {output}")
        wanted = Reconstruct(
            output=str(output.absolute()), size=options["size"], iterations=options["iterations"],
            **image,
        )  # fmt: skip
        (item,) = asked_for(lambda: ask_reconstruct(wanted=wanted)[:1], asdict(wanted))
        if not options["wait"]:
            tell_of([item], self.stdout)
            return
        ended = wait_for([item], name=KIND, unit="images", stages={KIND: "iterations"})
        raise_failures(ended)
        self.stdout.write(ended[0].outcome)
        self.stdout.write(f"written to {output}")


def _image(name: str) -> tuple[dict[str, Any], str]:
    """Where the picture of this name is, and what to call what is made of it."""
    path = Path(name)
    if path.is_file():
        try:
            decode(path.read_bytes())
        except PhotographError as error:
            raise CommandError(f"{path}: {error}") from error
        return {"file": str(path.absolute())}, path.stem
    content = ContentImage.objects.filter(name=name).first()
    if content is None:
        known = list(ContentImage.objects.values_list("name", flat=True))
        raise CommandError(f"expected a file or a content image of {known}, got {name!r}")
    return {"content": content.pk}, content.name
