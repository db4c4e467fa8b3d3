from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.engines import Engine, EngineError, find_engine, load_engine
from jobs.management.arguments import add_batch_size, at_least_one
from jobs.management.migrated import require_migrated
from jobs.services.workers import Presence
from jobs.worker import Worker

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Command(BaseCommand):
    help = "Do what is queued, until stopped. Start as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--engine",
            default=settings.JOBS_ENGINE,
            help="inline (in this process), local (processes of this machine), dask (a scheduler "
            "that runs), slurm (jobs of a cluster), or a module; docs/growing.md has them all",
        )
        parser.add_argument(
            "--slots",
            type=at_least_one,
            help="batches at a time; by default local has one for each GPU, or one, slurm one, "
            "and dask as many as there are Dask workers",
        )
        add_batch_size(parser)
        parser.add_argument(
            "--show-script", action="store_true", help="show the job of the engine slurm, and stop"
        )
        parser.add_argument("--until-empty", action="store_true", help="stop when all is done")
        parser.add_argument("--with-parent", action="store_true", help="stop with the parent")

    def handle(self, **options: Any) -> None:
        if options["show_script"]:
            self.stdout.write(_script(options["engine"]))
            return
        require_migrated()
        if options["with_parent"]:
            threading.Thread(target=_stop_with, args=(os.getppid(),), daemon=True).start()
        for number in _SIGNALS:
            signal.signal(number, _stop)
        engine = _engine(options["engine"], options["slots"])
        worker = Worker(engine, batch_size=options["batch_size"])
        with (
            Presence(engine=options["engine"], slots=lambda: engine.slots),
            contextlib.closing(worker),
        ):
            worker.run(until_empty=options["until_empty"])


def _script(path: str) -> str:
    try:
        show = getattr(find_engine(path), "script", None)
        if show is None:
            raise CommandError(f"--show-script: expected the engine slurm, got {path}")
        return str(show())
    except (ImportError, EngineError) as error:
        raise CommandError(f"--engine {path}: {error}") from error


def _engine(path: str, slots: int | None) -> Engine:
    try:
        return load_engine(path, slots)
    except (ImportError, EngineError) as error:
        raise CommandError(f"--engine {path}: {error}") from error


def _stop(*_: object) -> None:
    """Leave whatever this process is in; another signal does not cut its giving back short."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit


def _stop_with(parent: int) -> None:
    """A parent that was killed cannot say goodbye, but its child is then somebody else's."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
