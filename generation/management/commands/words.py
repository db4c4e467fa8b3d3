from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.services.words import (
    DEFAULT,
    WordsError,
    WordsReport,
    export_words,
    read_words,
    save_words,
)


class Command(BaseCommand):
    help = "Load words from a CSV file, by default 23 of Japanese, or write the database's words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, metavar="FILE",
            help=f"columns word, reading, gloss, ja, en; phrases separated by |; as in {DEFAULT}",
        )  # fmt: skip
        parser.add_argument(
            "--update", action="store_true",
            help="words that are there take the file's gloss and phrases",
        )  # fmt: skip
        parser.add_argument("--export", type=Path, metavar="FILE", help="write them to a new file")

    def handle(self, **options: Any) -> None:
        file, target, update = (options[name] for name in ("file", "export", "update"))
        if target and (file or update):
            raise CommandError("expected --export alone, or a file to load")
        try:
            if target:
                self.stdout.write(f"{export_words(path=target)} words written to {target}")
                return
            report = save_words(rows=read_words(file or DEFAULT), update=update)
        except WordsError as error:
            nothing = "nothing was written" if target else "nothing was stored"
            raise CommandError(f"{nothing}:\n{error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_line(report))
        self.stdout.write("next: manage.py collect")


def _line(report: WordsReport) -> str:
    counts = ("added", "updated", "left")
    line = ", ".join(f"{len(getattr(report, name))} {name}" for name in counts) + " as they are"
    if report.differing:
        line += f" ({report.differing} differ from the file: --update takes its gloss and phrases)"
    return line
