"""Keeping the lease of what is being worked on."""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error, connection

from jobs.services import leases

# Often enough that work which was called off soon stops.
BEAT = timedelta(seconds=5)

logger = logging.getLogger(__name__)


class LeaseLost(Exception):  # noqa: N818  it is no failure: somebody else has the work now
    """The work was cancelled or given to another worker: stop."""


@dataclass
class Heartbeat:
    """Renews a batch's lease from a thread of its own; `lost` is set when there is none left."""

    batch: uuid.UUID
    lost: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Heartbeat:
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def check(self) -> None:
        """Raises LeaseLost when the lease is gone."""
        if self.lost.is_set():
            raise LeaseLost

    def _beat(self) -> None:
        while not self._stop.wait(BEAT.total_seconds()):
            try:
                if not leases.renew(self.batch):
                    self.lost.set()
                    return
            except Error as error:  # there are more beats before the lease ends
                logger.warning("The lease of batch %s was not renewed: %s", self.batch, error)
            finally:
                connection.close()  # this thread's own
