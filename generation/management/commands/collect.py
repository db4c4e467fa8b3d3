from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.fetch import Fetcher
from generation.management.arguments import add_words, at_least_one, words_of
from generation.models import Word
from generation.progress import Progress
from generation.services.collect import CollectReport, Supply, collect
from generation.sources import NAMES, Filters, Samples, SourceError, open_source
from generation.sources.http import user_agent

# Providers whose images are sorted by word, not searched for.
_SORTED = ("folder", "csv")


class Command(BaseCommand):
    help = "Collect images of words; continues where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument("--provider", choices=NAMES, required=True)
        parser.add_argument(
            "--root", help="the folder of folder (a folder per word), or a CSV file"
        )
        parser.add_argument("--limit", type=at_least_one, default=200, help="images per word")
        parser.add_argument(
            "--licence", choices=("any", "known", "derivatives"), default="any",
            help="leave out images whose licence is unknown, or forbids changed images",
        )  # fmt: skip
        parser.add_argument("--min-side", type=at_least_one, help="px of the shorter side")
        parser.add_argument("--any-type", action="store_true", help="not only photographs")

    def handle(self, **options: Any) -> None:
        phrases = _phrases(options)
        limit, report = options["limit"], _Sum()
        try:
            with _fetcher() as fetcher, Progress("collect", limit * len(phrases), "images") as bar:
                supply = Supply(_source(options), _filters(options), fetcher)
                for done, (word, queries) in enumerate(phrases, start=1):
                    report.add(
                        collect(
                            word=word, supply=supply, queries=queries, limit=limit,
                            progress=bar.add,
                        )
                    )  # fmt: skip
                    bar.move_to(limit * done)
        except SourceError as error:
            raise CommandError(f"{error}\n{report}") from error
        self.stdout.write(str(report))


class _Sum:
    """The reports of all words, as lines."""

    def __init__(self) -> None:
        self._counts, self._reasons = Counter[str](), Counter[str]()

    def add(self, report: CollectReport) -> None:
        self._reasons += report.reasons
        self._counts.update(
            kept=report.kept, known=report.known, near_duplicates=report.near_duplicates
        )

    def __str__(self) -> str:
        counts, others = self._counts, sum(self._reasons.values())
        head = (
            f"{counts['kept']} kept, {counts['known']} known before, "
            f"{counts['near_duplicates']} near-duplicates marked, {others} not kept"
        )
        lines = [f"{n:6} {reason}" for reason, n in self._reasons.most_common()]
        return "\n".join([head, *lines])


def _fetcher() -> Fetcher:
    return Fetcher(
        user_agent=user_agent(settings.CONTACT),
        allow=frozenset(settings.FETCH_ALLOW),
        polite=settings.FETCH_POLITE,
    )


def _source(options: dict[str, Any]) -> Any:
    name = options["provider"]
    return open_source(name, settings.SOURCES.get(name, {}), root=options["root"])


def _filters(options: dict[str, Any]) -> Filters:
    return Filters(
        photo=not options["any_type"], min_side=options["min_side"], licence=options["licence"]
    )


def _phrases(options: dict[str, Any]) -> list[tuple[Word, list[str]]]:
    """What to search for: sorted images by the word's reading, others by its phrases."""
    words, provider = words_of(options["words"]), options["provider"]
    if provider in _SORTED:
        return [(word, [word.reading]) for word in words]
    found = [(word, _phrases_of(word, provider)) for word in words]
    without = [word.reading for word, phrases in found if not phrases]
    if without and (options["words"] or len(without) == len(words)):
        raise CommandError(f"expected phrases for {provider!r}, there are none at {without}")
    return [(word, phrases) for word, phrases in found if phrases]


def _phrases_of(word: Word, provider: str) -> list[str]:
    """The sample textures of a word, or its phrases in all languages, one of each in turn."""
    if provider == Samples.name:
        return list(word.phrases.get(provider, []))
    languages = [found for key, found in word.phrases.items() if key != Samples.name]
    longest = max(map(len, languages), default=0)
    return [found[i] for i in range(longest) for found in languages if i < len(found)]
