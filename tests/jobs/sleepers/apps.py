from __future__ import annotations

import os
import signal
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import AppConfig

from jobs.kinds import Kind, register

if TYPE_CHECKING:
    from jobs.services.batch import Batch

KIND = "sleep"


class SleepersConfig(AppConfig):
    name = "tests.jobs.sleepers"

    def ready(self) -> None:
        register(Kind(KIND, "sleep", sleep, together=None))
        if seconds := os.environ.get("SLEEPERS_LEASE_S"):
            _shorten(timedelta(seconds=float(seconds)))


def _shorten(lease: timedelta) -> None:
    """So that a test need not wait a minute for the end of a lease."""
    from jobs.services import heartbeat, leases

    leases.LEASE, heartbeat.BEAT = lease, lease / 10


def sleep(batch: Batch) -> None:
    """Each item ends after its `seconds`, and says in which process; one that is to die, does."""
    for item in batch.items:
        batch.tally(item).begin("sleep", 1)
        end = time.monotonic() + item.parameters.get("seconds", 0)
        if item.parameters.get("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        while time.monotonic() < end:
            batch.check()
            time.sleep(0.02)
        batch.commit(item, outcome=f"{socket.gethostname()} {os.getpid()}")
