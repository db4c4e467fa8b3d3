"""manage.py purge: personal data whose time is over."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from survey.services.withdraw import purge


class Command(BaseCommand):
    help = "Remove recruiters' ids and closing answers of studies past their date; run it daily."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        purged = purge(today=timezone.localdate(), dry_run=options["dry_run"])
        verb = "would be removed" if options["dry_run"] else "removed"
        for each in purged:
            self.stdout.write(
                f"{each.study.slug}: personal data of {each.people} people {verb} "
                f"(kept until {each.study.retain_until})"
            )
        if not purged:
            self.stdout.write("no study is past the date until which it keeps personal data")
