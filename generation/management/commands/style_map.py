from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from generation.models import StyleMap
from generation.services.desk import STYLE_MAP, ask_map
from jobs.management.arguments import add_wait
from jobs.management.waiting import asked_for, raise_failures, tell_of, wait_for

_UNITS = {"describe": "images", "place": "maps"}


class Command(BaseCommand):
    help = "Draw the map of the styles of all words' images, which are described where needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=0)
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        seed = options["seed"]
        (item,) = asked_for(lambda: ask_map(seed=seed)[:1], {"seed": seed})
        if not options["wait"]:
            tell_of([item], self.stdout)
            return
        ended = wait_for([item], name=STYLE_MAP, unit="maps", stages=_UNITS)
        raise_failures(ended)
        for each in ended:
            self.stdout.write(_line(StyleMap.objects.get(pk=each.outcome[1:])))


def _line(found: StyleMap) -> str:
    points = found.points
    line = f"{len(points['image'])} images of {len(set(points['word']))} words"
    if points["unreadable"]:
        line += f", {len(points['unreadable'])} left out, whose features cannot be read"
    page = reverse("admin:generation_word_style_map")
    return f"style map #{found.pk}: {line}; it is at {page}"
