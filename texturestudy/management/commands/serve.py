from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from jobs.management.migrated import require_migrated
from texturestudy.serving import gunicorn_command


class Command(BaseCommand):
    help = "Serve the site with gunicorn, and work off the queue beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-worker", action="store_true", help="a worker runs elsewhere")

    def handle(self, **options: Any) -> None:
        require_migrated()
        call_command("collectstatic", interactive=False, verbosity=0)
        address = f"{options['host']}:{options['port']}"
        if not options["no_worker"]:
            # It ends when this process does, however this process ends.
            subprocess.Popen([sys.executable, sys.argv[0], "worker", "--with-parent"])  # noqa: S603
        self.stdout.write(f"Serving on http://{address}/ until Ctrl-C.")
        self.stdout.flush()
        # gunicorn takes this process over, and its signals with it.
        os.execv(sys.executable, gunicorn_command(address))  # noqa: S606
