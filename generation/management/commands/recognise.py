from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from generation.management.arguments import add_words, words_of
from generation.services.recognising import KIND, ask_recognise
from jobs.management.arguments import add_wait, at_least_one
from jobs.management.waiting import asked_for, raise_failures, tell_of, wait_for

_UNITS = {"compare": "folds", "describe": "images", "hold out": "clusters"}


class Command(BaseCommand):
    help = (
        "Tell the words' described images apart by a linear classifier of styles: how consistent "
        "each word's images are, and which word the classifier sees in each stylised image."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument("--folds", type=at_least_one, default=5, help="of cross-validation")
        parser.add_argument("--seed", type=int, default=0, help="of the folds")
        parser.add_argument(
            "--held-out", action="store_true",
            help="also ask classifiers that never saw the images a stimulus' style came from",
        )  # fmt: skip
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        names = ("folds", "seed", "held_out")
        asked = {name: options[name] for name in names}
        words = list(words_of(options["words"]))
        (item,) = asked_for(
            lambda: ask_recognise(words=words, **asked)[:1],
            asked | {"words": [word.pk for word in words]},
        )
        if not options["wait"]:
            tell_of([item], self.stdout)
            return
        ended = wait_for([item], name=KIND, unit="comparisons", stages=_UNITS)
        raise_failures(ended)
        for each in ended:
            self.stdout.write(each.outcome)
