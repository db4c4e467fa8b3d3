from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.management.arguments import add_words, at_least_one, words_of
from generation.models import Word
from generation.progress import Progress
from generation.services.collect import collect
from generation.sources import Folder, Samples, Source, SourceError


class Command(BaseCommand):
    help = "Collect images of words; continues where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument("--source", choices=["samples", "folder"], required=True)
        parser.add_argument("--root", help="the folder of --source folder: a folder per word in it")
        parser.add_argument(
            "--limit", type=at_least_one, default=200, help="images per word and phrase"
        )

    def handle(self, **options: Any) -> None:
        phrases = _phrases(options)
        limit = options["limit"]
        try:
            source = _source(options)
            found = [source.search(phrase).results[:limit] for _, phrase in phrases]
            with Progress("collect", sum(map(len, found)), "images") as bar:
                reports = [
                    collect(word=word, source=source, query=phrase, limit=limit, progress=bar.add)
                    for word, phrase in phrases
                ]
        except SourceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{sum(r.kept for r in reports)} kept, {sum(r.known for r in reports)} known before, "
            f"{sum(r.rejected for r in reports)} rejected, {sum(r.failed for r in reports)} failed "
            f"(the admin says why)"
        )


def _source(options: dict[str, Any]) -> Source:
    if options["source"] == "samples":
        return Samples()
    if not options["root"]:
        raise CommandError("--source folder needs --root FOLDER")
    return Folder(options["root"])


def _phrases(options: dict[str, Any]) -> list[tuple[Word, str]]:
    """What to search for: in a folder the word's own folder, elsewhere its phrases."""
    words, source = words_of(options["words"]), options["source"]
    if source == "folder":
        return [(word, word.reading) for word in words]
    without = [word.reading for word in words if not word.phrases.get(source)]
    if without and (options["words"] or len(without) == len(words)):
        raise CommandError(f"expected phrases for {source!r}, there are none at {without}")
    return [(word, phrase) for word in words for phrase in word.phrases.get(source, [])]
