"""The loop that keeps an engine busy with what the database has queued."""

from __future__ import annotations

import logging
import time
import uuid

from django.db import InterfaceError, OperationalError, close_old_connections

from jobs.engines import Engine, Handle
from jobs.models import Item
from jobs.services import leases, tidy
from jobs.services.heartbeat import BEAT
from jobs.tasks import run_batch

# Seconds between two looks: at an empty queue, and at what runs.
_IDLE, _BUSY = 1.0, 0.1
_TIDY = 3_600.0  # seconds between two looks for what nobody needs any more
_GRACE = 3 * BEAT.total_seconds()

logger = logging.getLogger(__name__)


class Worker:
    """Claims batches, hands them to the engine, and gives back what an engine lost."""

    def __init__(self, engine: Engine, *, slots: int, batch_size: int) -> None:
        self.engine = engine
        self.slots = slots
        self.batch_size = batch_size
        self._running: dict[uuid.UUID, Handle] = {}
        self._tidy_at = time.monotonic()
        self._sweep_from = 0.0

    def run(self, *, until_empty: bool = False) -> None:
        """Work for ever or, if asked, until nothing is queued or being made, here or elsewhere."""
        while True:
            close_old_connections()
            try:
                if self.turn():
                    continue
                if until_empty and not self._running and not Item.objects.open().exists():
                    return
            except (OperationalError, InterfaceError) as error:
                # Such as a restart: what runs is collected when the database is back.
                logger.warning("The database is away: %s", error)
                # Leases that ended meanwhile are those of living processes: let them renew these.
                self._sweep_from = time.monotonic() + _GRACE
            time.sleep(_BUSY if self._is_full() else _IDLE)

    def turn(self) -> bool:
        """One look at the queue and at what runs; whether a batch was handed over."""
        self._collect()
        if self._is_full():
            return False
        if time.monotonic() >= self._tidy_at:
            self._tidy_at += _TIDY
            tidy.tidy()
        if time.monotonic() >= self._sweep_from:
            leases.sweep()
        batch, ids = leases.claim(limit=self.batch_size)
        if not ids:
            return False
        self._running[batch] = self.engine.submit(run_batch, str(batch), ids)
        return True

    def _is_full(self) -> bool:
        return len(self._running) >= self.slots

    def _collect(self) -> None:
        for batch, handle in list(self._running.items()):
            if handle.done():
                # Whatever the engine says, items that are still leased were not finished.
                left, error = leases.held(batch), handle.error()
                if handle.is_lost():
                    leases.give_back(left, lost=error)
                else:
                    leases.give_back(left, error=error)
                del self._running[batch]

    def close(self) -> None:
        """Give back at once what was claimed but not finished, then stop the engine."""
        try:
            leases.release()
        except (OperationalError, InterfaceError) as error:
            logger.warning("What is being done goes back when its lease ends: %s", error)
        finally:
            self.engine.close()
