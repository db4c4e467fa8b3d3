"""The loop that keeps an engine busy with what the database has queued."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from jobs.engines import Engine, EngineError, Handle
from jobs.models import Item
from jobs.services import leases, tidy
from jobs.services.heartbeat import GRACE
from jobs.services.work import release
from jobs.tasks import run_batch

# Seconds between two looks: at an empty queue, and at what runs.
_IDLE, _BUSY = 1.0, 0.1
_TIDY = 3_600.0  # seconds between two looks for what nobody needs any more

logger = logging.getLogger(__name__)


@dataclass
class _Handed:
    """A batch with the engine: when its lease ends, and None as soon as somebody keeps it."""

    handle: Handle
    until: datetime | None
    looked_at: datetime


class Worker:
    """Claims batches, hands them to the engine, and gives back what an engine lost."""

    def __init__(self, engine: Engine, *, batch_size: int) -> None:
        self.engine = engine
        self.batch_size = batch_size
        self._running: dict[uuid.UUID, _Handed] = {}
        self._is_full = False
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
                self._sweep_from = time.monotonic() + GRACE
            time.sleep(_BUSY if self._is_full and self._running else _IDLE)

    def turn(self) -> bool:
        """One look at the queue and at what runs; whether a batch was handed over."""
        self._collect()
        self._keep()
        self._is_full = not self.engine.has_room(len(self._running))
        if self._is_full:
            return False
        if time.monotonic() >= self._tidy_at:
            self._tidy_at += _TIDY
            tidy.tidy()
        if time.monotonic() >= self._sweep_from:
            leases.sweep()
        batch, ids = leases.claim(limit=self.batch_size)
        if not ids:
            return False
        until = leases.end_of(batch)
        try:
            handle = self.engine.submit(run_batch, str(batch), ids)
        except EngineError as error:
            logger.warning("%s", error)
            leases.release(batch)
            return False
        self._running[batch] = _Handed(handle, until, timezone.now())
        return True

    def _collect(self) -> None:
        for batch, handed in list(self._running.items()):
            handle = handed.handle
            if handle.is_adrift():
                # It may go on elsewhere; if it does not, its lease ends, and a sweep finds it.
                logger.warning("Batch %s is out of sight; it is left to its lease.", batch)
                del self._running[batch]
            elif handle.done():
                # Whatever the engine says, items that are still leased were not finished.
                left, error = leases.held(batch), handle.error()
                if handle.is_lost():
                    leases.give_back(left, lost=error)
                else:
                    leases.give_back(left, error=error)
                del self._running[batch]

    def _keep(self) -> None:
        """Prolong the leases of what waits with the engine; drop what was given to others since.

        An engine may be told to wait with it, as for a process that is gone for good.
        """
        now = timezone.now()
        for batch, handed in list(self._running.items()):
            if now - handed.looked_at < leases.LEASE / 3:
                continue
            if handed.until:
                handed.until = leases.keep(batch, until=handed.until)
            elif not leases.held(batch).exists():
                handed.handle.cancel()
                del self._running[batch]
            handed.looked_at = now

    def close(self) -> None:
        """Give back at once what was claimed but not finished, then stop the engine."""
        try:
            release()
        finally:
            self.engine.close()
