from __future__ import annotations

import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from generation.engines import load_engine
from generation.worker import Worker


class Command(BaseCommand):
    help = "Make what is queued, until stopped. Start as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", default=settings.GENERATION_ENGINE, help="dotted path")
        parser.add_argument("--slots", type=int, default=1, help="batches at a time")
        parser.add_argument("--batch-size", type=int, default=4, help="images per batch")
        parser.add_argument("--until-empty", action="store_true", help="stop when all is done")
        parser.add_argument("--with-parent", action="store_true", help="stop with the parent")

    def handle(self, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if options["with_parent"]:
            threading.Thread(target=_stop_with, args=(os.getppid(), stop), daemon=True).start()
        engine = load_engine(options["engine"], options["slots"])
        worker = Worker(engine, slots=options["slots"], batch_size=options["batch_size"])
        try:
            worker.run(stop, until_empty=options["until_empty"])
        finally:
            worker.close()


def _stop_with(parent: int, stop: threading.Event) -> None:
    """A parent that was killed cannot say goodbye, but its child is then somebody else's."""
    while os.getppid() == parent and not stop.wait(1):
        pass
    stop.set()
