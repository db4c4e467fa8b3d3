"""Waiting for what all work stands on: the database, the storage, room on the disk."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from jobs.services.heartbeat import Heartbeat, LeaseLost
from storage import StorageError

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")

# Seconds between two tries: doubled from the first to the longest.
_FIRST, _LONGEST = 1.0, 30.0
# So many seconds a batch is kept here; then others may try whether they can.
_ENOUGH = 300.0
_DATABASE, _STORAGE, _DISK = "the database", "the storage", "the disk"
_OF_THE_DISK = (
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.ESTALE,
    errno.EMFILE, errno.ENFILE,
)  # fmt: skip
# SQLite's primary code, and PostgreSQL's class, of statements that are wrong in themselves.
_SQLITE_ERROR, _LIMIT_EXCEEDED = 1, "54"


class StillAway(Exception):  # noqa: N818  nothing is wrong with the work
    """What the work needs did not come back for long; its cause says more."""


def missing(error: BaseException) -> str:
    """What was away or full where this is the reason of the error; "" for the work's own error."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, (OperationalError, InterfaceError)) and _is_away(reason.__cause__):
            return _DATABASE
        if isinstance(reason, StorageError):
            return _STORAGE
        if isinstance(reason, OSError) and reason.errno in _OF_THE_DISK:
            return _DISK
        reason = reason.__cause__
    return ""


def _is_away(reason: object) -> bool:
    """Whether what a driver says is of the database, as when it is locked, full or gone.

    Drivers say the same of statements that will never work, such as one of 70,000 parameters.
    """
    if (code := getattr(reason, "sqlite_errorcode", None)) is not None:
        return bool(code & 0xFF != _SQLITE_ERROR)
    if (state := getattr(reason, "sqlstate", None)) is not None:
        return not state.startswith(_LIMIT_EXCEEDED)
    return reason is None or not connection.is_usable()


def patiently(do: Callable[[], _Result], heartbeat: Heartbeat) -> _Result:
    """What `do` returns, which is tried again, after growing pauses, while something is missing.

    Raises LeaseLost when the work was cancelled or given to somebody else meanwhile, and StillAway
    after five minutes, unless it is the database, without which nothing can be given back. Any
    other error is the work's own, and where the heartbeat is not patient every one is.
    """
    tries, waited = 0, 0.0
    while True:
        started = time.monotonic()
        try:
            result = do()
        except StillAway:
            raise
        except Exception as error:
            if not (heartbeat.patient and (what := missing(error))):
                raise
            if time.monotonic() - started > _LONGEST:  # it was there again for a while
                tries, waited = 0, 0.0
            if waited > _ENOUGH and what != _DATABASE:
                raise StillAway(f"{what} is away: {error}") from error
            pause = min(_LONGEST, _FIRST * 2**tries) * random.uniform(0.8, 1.2)
            logger.warning("Batch %s waits %.1f s for %s: %s", heartbeat.batch, pause, what, error)
        else:
            if tries:
                logger.warning("Batch %s goes on.", heartbeat.batch)
            return result
        close_old_connections()
        if heartbeat.lost.wait(pause):
            raise LeaseLost
        tries, waited = tries + 1, waited + pause
