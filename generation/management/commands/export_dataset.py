from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.management.arguments import add_words, contents_of, recipes_of, words_of
from generation.models import StylisedImage
from generation.progress import Progress
from generation.services.export import ExportError, ExportReport, export_dataset


class Command(BaseCommand):
    help = (
        "Write the finished stylised images into a folder per word, with manifest.csv, "
        "sources.csv and recipes.json; continues where it was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT", help="a folder, made where needed")
        add_words(parser)
        parser.add_argument(
            "--contents", nargs="*", action="extend", metavar="NAME", help="all by default"
        )
        parser.add_argument(
            "--recipe", nargs="*", action="extend", metavar="NAME", help="all by default"
        )

    def handle(self, **options: Any) -> None:
        rows = StylisedImage.objects.filter(
            cluster__clustering__word__in=words_of(options["words"]),
            content__in=contents_of(options["contents"]),
            recipe__in=recipes_of(options["recipe"]),
        )
        try:
            with Progress("export", rows.done().count(), "images") as bar:
                report = export_dataset(rows=rows, folder=options["out"], progress=bar.add)
        except (ExportError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.written} written, {report.kept} there before, {report.failed} failed"
        )
        if report.strays:
            self.stdout.write(
                f"{report.strays} more images in {options['out']} are not of this export: "
                "its manifest does not name them"
            )
        if report.failed:
            raise CommandError(_failures(report))


def _failures(report: ExportReport) -> str:
    unnamed = report.failed - len(report.failures)
    more = [f"and {unnamed} more"] if unnamed else []
    return "\n".join([*report.failures, *more])
