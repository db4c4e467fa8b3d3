from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.management.arguments import add_licence, add_words, words_of
from generation.models import Word
from generation.services.collection import KIND, Order, ask_collect, phrases_of
from generation.services.collection import told as told_of
from generation.sources import NAMES, AccessError, SourceError
from jobs.management.arguments import add_wait, at_least_one
from jobs.management.waiting import asked_for, failures, tell_of, wait_for
from jobs.models import Item

# Free, and they tell the licence of each image.
_DEFAULTS = ("openverse", "commons")
_TOGETHER = 8  # words that one process has in its hands, so that a limit is met once


class Command(BaseCommand):
    help = "Collect images of words; continues where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        add_words(which)
        which.add_argument("--study", metavar="SLUG", help="the words of this study's questions")
        parser.add_argument(
            "--provider", nargs="+", action="extend", choices=NAMES,
            help=f"one or several, which share the limit; {' and '.join(_DEFAULTS)} by default",
        )  # fmt: skip
        parser.add_argument(
            "--root", help="the folder of folder (a folder per word), or a CSV file"
        )
        parser.add_argument("--limit", type=at_least_one, default=200, help="images per word")
        add_licence(parser)
        parser.add_argument("--min-side", type=at_least_one, help="px of the shorter side")
        parser.add_argument("--any-type", action="store_true", help="not only photographs")
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        try:
            order = self._order(options)
        except SourceError as error:
            raise CommandError(str(error)) from error
        words = _plan(options, order.providers)
        items = asked_for(lambda: ask_collect(words=words, order=order), order.to_json())
        if not options["wait"]:
            tell_of(items, self.stdout)
            return
        ended = wait_for(
            items, name=KIND, unit="words", stages={KIND: "images"}, batch_size=_TOGETHER
        )
        total = _Total(ended)
        if wrong := total.told_faults() or failures(ended):
            raise CommandError("\n".join([*wrong, str(total)]))
        self.stdout.write(str(total))

    def _order(self, options: dict[str, Any]) -> Order:
        """Of the providers that were asked for, or those of the defaults that are set up."""
        root = options["root"]
        order = Order(
            providers=(), limit=options["limit"], root=root,
            photo=not options["any_type"], min_side=options["min_side"],
            licence=options["licence"],
        )  # fmt: skip
        names = []
        for name in dict.fromkeys(options["provider"] or _DEFAULTS):
            try:
                order.open(name)
            except AccessError as error:
                if options["provider"]:
                    raise
                self.stderr.write(f"{name} is left out. {error}")
            else:
                names.append(name)
        # Who collects may stand in another folder.
        root = root and str(Path(root).absolute())
        return replace(order, providers=tuple(names), root=root)


class _Total:
    """What came of all words, as lines."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._counts, self._reasons = Counter[str](), Counter[str]()
        self._lacking: list[str] = []
        self._faults: dict[str, str] = {}
        for each in told_of(list(items)):
            names = ("kept", "known", "near_duplicates")
            self._counts.update({name: each[name] for name in names})
            self._reasons.update(each["reasons"])
            self._faults |= each["faults"]
            if each["lacking"]:
                self._lacking.append(each["lacking"])

    def told_faults(self) -> list[str]:
        stays = "What is there stays, and the same command goes on from there."
        return [*self._faults.values(), stays] if self._faults else []

    def __str__(self) -> str:
        counts, others = self._counts, sum(self._reasons.values())
        head = (
            f"{counts['kept']} kept, {counts['known']} known before, "
            f"{counts['near_duplicates']} near-duplicates marked, {others} not kept"
        )
        reasons = [f"{n:6} {reason}" for reason, n in self._reasons.most_common()]
        return "\n".join([head, *reasons, *self._lacking])


def _words(options: dict[str, Any]) -> Iterable[Word]:
    words = words_of(options["words"])
    if (slug := options["study"]) is None:
        return words
    # By its relation: the survey builds on this app, which imports nothing of it.
    of_study = words.filter(questions__study__slug=slug).distinct()
    if not of_study:
        raise CommandError(f"expected a study with questions about words, got {slug!r}")
    return of_study


def _plan(options: dict[str, Any], providers: Iterable[str]) -> list[Word]:
    """The words to search for; those without search phrases are left out."""
    words = list(_words(options))
    searched = [word for word in words if any(phrases_of(word, name) for name in providers)]
    without = [word.reading for word in words if word not in searched]
    if without and (options["words"] or options["study"] or not searched):
        names = " or ".join(map(repr, providers))
        raise CommandError(f"expected phrases for {names}, there are none at {without}")
    return searched
