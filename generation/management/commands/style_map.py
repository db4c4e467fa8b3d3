from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from generation.nst.errors import NstError
from generation.progress import Progress
from generation.services.style_map import draw_style_map

_UNITS = {"describe": "images", "place": "maps"}


class Command(BaseCommand):
    help = "Draw the map of the styles of all words' images, which are described where needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, **options: Any) -> None:
        try:
            with ExitStack() as stack:
                found = draw_style_map(tally=_Bars(stack), seed=options["seed"])
        except (NstError, OSError) as error:  # such as a file that is missing
            raise CommandError(str(error)) from error
        points = found.points
        line = f"{len(points['image'])} images of {len(set(points['word']))} words"
        if points["unreadable"]:
            line += f", {len(points['unreadable'])} left out, whose features cannot be read"
        page = reverse("admin:generation_word_style_map")
        self.stdout.write(f"style map #{found.pk}: {line}; it is at {page}")


class _Bars:
    """The stages of the work, each as a bar of its own."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def begin(self, stage: str, total: int) -> None:
        self._stack.close()
        self._bar = self._stack.enter_context(Progress(stage, total, _UNITS[stage]))

    def add(self) -> None:
        self._bar.add()
