from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.services.importing import import_stimuli
from generation.services.manifest import COLUMNS, MANIFEST, ManifestError, read_manifest
from jobs.progress import Progress


class Command(BaseCommand):
    help = (
        "Bring images that another generator made into the study, as stimuli of a recipe of their "
        "method: all of a manifest, or none where a line of it is at fault."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, metavar="FOLDER",
            help=f"holds the images and {MANIFEST} with the columns {', '.join(COLUMNS)}",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        folder = options["folder"]
        try:
            lines = read_manifest(folder)
            with Progress("import", len(lines), "images") as bar:
                report = import_stimuli(folder=folder, lines=lines, progress=bar.add)
        except ManifestError as error:
            raise CommandError(f"nothing was imported:\n{error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.added} added, {report.known} known before, "
            f"{report.relicensed} with another licence than before"
        )
