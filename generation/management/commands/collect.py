from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import storage
from generation.fetch import Fetcher, Limits
from generation.management.arguments import add_licence, add_words, words_of
from generation.models import Word
from generation.progress import Progress
from generation.services.collect import CollectReport, Supply, collect_from
from generation.sources import NAMES, AccessError, Filters, Samples, SourceError, open_source
from generation.sources.http import user_agent
from jobs.management.arguments import at_least_one

# Free, and they tell the licence of each image.
_DEFAULTS = ("openverse", "commons")
# Providers whose images are sorted by word, not searched for.
_SORTED = ("folder", "csv")

Searches = list[tuple[Supply, str]]


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

    def handle(self, **options: Any) -> None:
        limit, total = options["limit"], _Total(options["limit"])
        try:
            with _fetcher() as fetcher:
                plan = _plan(options, self._supplies(options, fetcher))
                storage.sweep("web")
                with Progress("collect", limit * len(plan), "images") as bar:
                    for done, (word, searches) in enumerate(plan, start=1):
                        if left := [s for s in searches if s[0].provider not in total.faults]:
                            total.add(
                                word,
                                collect_from(
                                    word=word, searches=left, limit=limit, progress=bar.add
                                ),
                            )
                            bar.move_to(limit * done)
        except SourceError as error:
            raise CommandError(str(error)) from error
        if total.faults:
            raise CommandError(f"{total.told_faults()}\n{total}")
        self.stdout.write(str(total))

    def _supplies(self, options: dict[str, Any], fetcher: Fetcher) -> list[Supply]:
        """The providers that were asked for, or those of the defaults that are set up."""
        filters, supplies = _filters(options), []
        for name in dict.fromkeys(options["provider"] or _DEFAULTS):
            try:
                source = open_source(name, settings.SOURCES.get(name, {}), root=options["root"])
            except AccessError as error:
                if options["provider"]:
                    raise
                self.stderr.write(f"{name} is left out. {error}")
            else:
                supplies.append(Supply(source, filters, fetcher))
        return supplies


class _Total:
    """The reports of all words, as lines."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts, self._reasons = Counter[str](), Counter[str]()
        self._lacking: list[str] = []
        self.faults: dict[str, SourceError] = {}

    def add(self, word: Word, report: CollectReport) -> None:
        self._reasons += report.reasons
        self._counts.update(
            kept=report.kept, known=report.known, near_duplicates=report.near_duplicates
        )
        self.faults |= report.faults
        ends = _ends(report)
        there = report.kept + report.known
        if there < self._limit and ends:
            self._lacking.append(f"{word}: {there} of {self._limit}; no more from {ends}")

    def told_faults(self) -> str:
        stays = "What is there stays, and the same command goes on from there."
        return "\n".join([*map(str, self.faults.values()), stays])

    def __str__(self) -> str:
        counts, others = self._counts, sum(self._reasons.values())
        head = (
            f"{counts['kept']} kept, {counts['known']} known before, "
            f"{counts['near_duplicates']} near-duplicates marked, {others} not kept"
        )
        reasons = [f"{n:6} {reason}" for reason, n in self._reasons.most_common()]
        return "\n".join([head, *reasons, *self._lacking])


def _ends(report: CollectReport) -> str:
    """Where there is nothing more to be had, of what was searched for on the web."""
    ends: dict[tuple[str, str], list[str]] = {}
    for (provider, query), why in report.ended.items():
        if provider not in (*_SORTED, Samples.name):
            ends.setdefault((provider, why), []).append(repr(query))
    return "; ".join(
        f"{provider} for {', '.join(queries)} ({why})" for (provider, why), queries in ends.items()
    )


def _fetcher() -> Fetcher:
    return Fetcher(
        user_agent=user_agent(settings.CONTACT),
        allow=frozenset(settings.FETCH_ALLOW),
        limits=Limits(
            total=settings.FETCH_SECONDS, size=round(settings.FETCH_MEGABYTES * 1_000_000)
        ),
        polite=settings.FETCH_POLITE,
    )


def _filters(options: dict[str, Any]) -> Filters:
    return Filters(
        photo=not options["any_type"], min_side=options["min_side"], licence=options["licence"]
    )


def _words(options: dict[str, Any]) -> Iterable[Word]:
    words = words_of(options["words"])
    if (slug := options["study"]) is None:
        return words
    # By its relation: the survey builds on this app, which imports nothing of it.
    of_study = words.filter(questions__study__slug=slug).distinct()
    if not of_study:
        raise CommandError(f"expected a study with questions about words, got {slug!r}")
    return of_study


def _plan(options: dict[str, Any], supplies: list[Supply]) -> list[tuple[Word, Searches]]:
    """What to search for, and where; words without search phrases are left out."""
    plan = [
        (word, [(s, phrase) for s in supplies for phrase in _phrases(word, s.provider)])
        for word in _words(options)
    ]
    without = [word.reading for word, searches in plan if not searches]
    if without and (options["words"] or options["study"] or len(without) == len(plan)):
        providers = " or ".join(repr(supply.provider) for supply in supplies)
        raise CommandError(f"expected phrases for {providers}, there are none at {without}")
    return [(word, searches) for word, searches in plan if searches]


def _phrases(word: Word, provider: str) -> list[str]:
    """A word's reading for sorted images, its sample textures, or one of each language in turn."""
    if provider in _SORTED:
        return [word.reading]
    if provider == Samples.name:
        return list(word.phrases.get(provider, []))
    languages = [found for key, found in word.phrases.items() if key != Samples.name]
    longest = max(map(len, languages), default=0)
    in_turn = [found[i] for i in range(longest) for found in languages if i < len(found)]
    return list(dict.fromkeys(in_turn))  # the same in two languages is one search
