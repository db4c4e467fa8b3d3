from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from generation.management.arguments import add_words, words_of
from generation.services.desk import DESCRIBE, ask_describe
from jobs.management.arguments import add_wait
from jobs.management.waiting import raise_failures, tell_of, wait_for
from jobs.models import Item


class Command(BaseCommand):
    help = "Compute the features of words' images that have none yet; continues where it stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        items = ask_describe(words=words_of(options["words"]))
        if not options["wait"]:
            tell_of(items, self.stdout)
            return
        ended = wait_for(items, name=DESCRIBE, unit="words", stages={DESCRIBE: "images"})
        done = [int(item.outcome) for item in ended if item.state == Item.State.DONE]
        self.stdout.write(f"{sum(done)} images of {len(done)} words described")
        raise_failures(ended)
