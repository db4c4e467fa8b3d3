"""The loop that keeps an engine busy with what the database has queued."""

from __future__ import annotations

import threading
import uuid

from django.db import close_old_connections

from generation.engines import Engine, Handle
from generation.services import leases

_POLL = 1.0  # seconds between two looks at an empty queue


class Worker:
    """Claims batches, hands them to the engine, and gives back what an engine lost."""

    def __init__(self, engine: Engine, *, slots: int, batch_size: int) -> None:
        self.engine = engine
        self.slots = slots
        self.batch_size = batch_size
        self._running: dict[uuid.UUID, Handle] = {}

    def run(self, stop: threading.Event, *, until_empty: bool = False) -> None:
        """Work until `stop` is set or, if asked, until nothing is queued or running."""
        while not stop.is_set():
            close_old_connections()
            busy = self.turn()
            if until_empty and not busy and not self._running:
                return
            if not busy:
                stop.wait(_POLL)

    def turn(self) -> bool:
        """One look at the queue and at what runs; whether a batch was handed over."""
        self._collect()
        leases.sweep()
        if len(self._running) >= self.slots:
            return False
        batch, ids = leases.claim(limit=self.batch_size)
        if not ids:
            return False
        self._running[batch] = self.engine.submit(str(batch), ids)
        return True

    def _collect(self) -> None:
        for batch, handle in list(self._running.items()):
            if handle.done():
                del self._running[batch]
                # Whatever the engine says, rows that are still leased were not finished.
                if error := handle.error():
                    leases.give_back(leases.held(batch), error=error)

    def close(self) -> None:
        """Give back at once what was claimed but not finished."""
        self.engine.close()
        for batch in self._running:
            leases.give_back(leases.held(batch))
