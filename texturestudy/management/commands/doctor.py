from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from storage import StorageError
from texturestudy.doctor import CHECKS, Trouble


class Command(BaseCommand):
    help = "Say what is missing or wrong, before a long run finds out."

    def handle(self, **options: Any) -> None:
        troubles = 0
        for name, check in CHECKS.items():
            try:
                self.stdout.write(f"ok     {name}: {check()}")
            except (Trouble, StorageError) as trouble:
                troubles += 1
                self.stdout.write(self.style.ERROR(f"wrong  {name}: {trouble}"))
            except DatabaseError as error:
                troubles += 1
                self.stdout.write(self.style.ERROR(f"wrong  {name}: the database says: {error}"))
        if troubles:
            raise CommandError(f"{troubles} of {len(CHECKS)} checks found something wrong")
