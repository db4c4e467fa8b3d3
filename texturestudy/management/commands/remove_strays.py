from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.progress import Progress
from storage import StorageError
from storage.strays import remove_strays
from texturestudy.doctor import NAMED_BY_ROWS, ON_ITS_WAY


class Command(BaseCommand):
    help = (
        "Remove stored images that no row names, as killed processes leave them; what is younger "
        "than a day stays. Not after the database was restored: its images of since then go too."
    )

    def handle(self, **options: Any) -> None:
        count = 0
        try:
            with Progress("look", len(NAMED_BY_ROWS), "folders") as bar:
                for folder in NAMED_BY_ROWS:
                    count += remove_strays(folder, older_than=ON_ITS_WAY)
                    bar.add()
        except (StorageError, OSError) as error:
            raise CommandError(f"{error}: {count} were removed; run it again to go on") from error
        self.stdout.write(f"{count} files removed")
