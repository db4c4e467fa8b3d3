"""Signs of life: keeping the lease of what is being worked on, and a worker's row."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error, connection

from jobs.services import leases

# Often enough that work which was called off soon stops.
BEAT = timedelta(seconds=5)
# Leases that ended while the database was away are those of living processes: so many seconds they
# have to renew them before a sweep.
GRACE = 3 * BEAT.total_seconds()

logger = logging.getLogger(__name__)


class LeaseLost(Exception):  # noqa: N818  it is no failure: somebody else has the work now
    """The work was cancelled or given to another worker: stop."""


class Beats:
    """Calls `beat` again and again from a thread of its own, until that returns False.

    A database that is away costs a beat, and not the thread.
    """

    def __init__(self, name: str, beat: Callable[[], bool]) -> None:
        self._name, self._beat = name, beat
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT.total_seconds()):
            try:
                if not self._beat():
                    return
            except Error as error:  # there are more beats before anybody misses this one
                logger.warning("%s: no sign of life was stored: %s", self._name, error)
            finally:
                connection.close()  # this thread's own


@dataclass
class Heartbeat:
    """Renews a batch's lease from a thread of its own; `lost` is set when there is none left.

    Where somebody waits at a page the work is not `patient` with what is away.
    """

    batch: uuid.UUID
    patient: bool = True
    lost: threading.Event = field(default_factory=threading.Event)
    _beats: Beats | None = None

    def __enter__(self) -> Heartbeat:
        self._beats = Beats(f"batch {self.batch}", self._renew)
        self._beats.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._beats:
            self._beats.stop()

    def check(self) -> None:
        """Raises LeaseLost when the lease is gone."""
        if self.lost.is_set():
            raise LeaseLost

    def _renew(self) -> bool:
        if leases.renew(self.batch):
            return True
        self.lost.set()
        return False
