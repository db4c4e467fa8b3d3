from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.progress import Progress
from storage.copying import copy_files, files_of
from storage.files import store

_NAMED = 5  # files that a message names; the rest is a number


class Command(BaseCommand):
    help = "Copy the files of a media folder into the storage; continues where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="such as var/media")

    def handle(self, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"expected a folder of stored files, got {folder}")
        names = files_of(folder)
        try:
            with Progress("copy", len(names), "files") as bar:
                report = copy_files(folder=folder, names=names, progress=bar.add)
        except OSError as error:
            raise CommandError(f"{error}: run it again to go on") from error
        where = store().describe()
        self.stdout.write(f"{report.copied} copied to {where}, {report.known} there already")
        if wrong := report.differing:
            more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
            raise CommandError(
                f"expected what is there already to be as in {folder}, got another size of "
                f"{', '.join(wrong[:_NAMED])}{more}: left as they are"
            )
