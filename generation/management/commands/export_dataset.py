from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from generation.management.arguments import add_words, contents_of, recipes_of, words_of
from generation.services.export import ExportReport
from generation.services.exporting import KIND, Export, ask_export, report_of
from jobs.management.arguments import add_wait
from jobs.management.waiting import asked_for, raise_failures, tell_of, wait_for


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
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        wanted = Export(
            folder=str(options["out"].absolute()),
            words=_keys(words_of(options["words"])),
            contents=_keys(contents_of(options["contents"])),
            recipes=_keys(recipes_of(options["recipe"])),
        )
        (item,) = asked_for(lambda: ask_export(wanted=wanted)[:1], asdict(wanted))
        if not options["wait"]:
            tell_of([item], self.stdout)
            return
        ended = wait_for([item], name=KIND, unit="exports", stages={"export": "images"})
        raise_failures(ended)
        for each in ended:
            self._tell(report_of(each), options["out"])

    def _tell(self, report: ExportReport, out: Path) -> None:
        self.stdout.write(
            f"{report.written} written, {report.kept} there before, {report.failed} failed"
        )
        if report.strays:
            self.stdout.write(
                f"{report.strays} more images in {out} are not of this export: "
                "its manifest does not name them"
            )
        if report.failed:
            raise CommandError(_failures(report))


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _failures(report: ExportReport) -> str:
    unnamed = report.failed - len(report.failures)
    more = [f"and {unnamed} more"] if unnamed else []
    return "\n".join([*report.failures, *more])
