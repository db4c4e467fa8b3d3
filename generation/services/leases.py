"""Claiming rows of work, keeping them, and giving them back.

The database is the truth: a row is queued, leased, done or failed. Whoever works on a row holds
a lease with a time limit and the row's fence of that moment; a result is stored only while both
still hold, so work is computed at least once and stored exactly once, whatever is killed.
"""

from __future__ import annotations

import os
import random
import socket
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

import psutil
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from generation.models import Job, Leased, StylisedImage

Work = TypeVar("Work", bound=Leased)

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 4
_BACK_OFF = 30.0  # seconds, doubled at each further attempt
_FREE = {"batch": None, "lease_until": None, "owner": ""}


def me() -> str:
    """Names this process among all that ever ran: host, process id, start since boot."""
    return f"{socket.gethostname()} {os.getpid()} {_started(psutil.Process()):.2f}"


def claim(
    *, limit: int, rows: QuerySet[StylisedImage] | None = None
) -> tuple[uuid.UUID, list[int]]:
    """Lease up to `limit` queued images of one recipe, the most urgent first.

    Only `rows` are looked at, by default all there are.
    """
    batch = uuid.uuid4()
    with transaction.atomic():
        urgent = _urgent(StylisedImage.objects.all() if rows is None else rows)
        first = urgent.first()
        if first is None:
            return batch, []
        # What failed, or was lost twice, spoils no other batch. A batch that was lost once comes
        # together again as it was, so that it can continue from its checkpoints.
        alone = first.error != "" or first.attempts > 1
        same = urgent.filter(
            recipe_id=first.recipe_id, attempts=first.attempts, error="", priority=first.priority
        )
        ids = [first.pk] if alone else list(same.values_list("pk", flat=True)[:limit])
        _lease(StylisedImage.objects.filter(pk__in=ids), batch)
    return batch, ids


def claim_job() -> tuple[uuid.UUID, list[int]]:
    """Lease the most urgent job; no ids where none waits."""
    batch = uuid.uuid4()
    with transaction.atomic():
        ids = list(_urgent(Job.objects.all()).values_list("pk", flat=True)[:1])
        _lease(Job.objects.filter(pk__in=ids), batch)
    return batch, ids


def held(batch: uuid.UUID, rows: QuerySet[Work]) -> QuerySet[Work]:
    """Those of the rows that are still leased by this batch."""
    return _leased(rows).filter(batch=batch)


def renew(batch: uuid.UUID) -> bool:
    """Prolong the batch's leases; False when none is left, as after a sweep or a removal."""
    until = timezone.now() + LEASE
    return any(held(batch, rows).update(lease_until=until) for rows in _all())


def give_back(rows: Iterable[Leased], *, error: str = "", final: bool = False) -> None:
    """Queue leased rows again, after a pause where there is an error; fail those that were tried
    often enough, or all of them where trying again is of no use (`final`).

    A row that was given back or claimed anew since it was read is left alone.
    """
    for row in rows:
        current = type(row)._default_manager.filter(state="leased", pk=row.pk, fence=row.fence)
        reason = error or row.error
        if final or row.attempts >= MAX_ATTEMPTS:
            reason = reason or f"its worker was lost {row.attempts} times"
            current.update(state="failed", finished_at=timezone.now(), error=reason, **_FREE)
        else:
            pause = _BACK_OFF * 2 ** (row.attempts - 1) * random.uniform(0.8, 1.2) if error else 0
            due = timezone.now() + timedelta(seconds=pause)
            current.update(state="queued", not_before=due, error=reason, **_FREE)


def give_back_batch(batch: uuid.UUID, *, error: str) -> None:
    """Queue again what this batch still holds, of whatever kind."""
    for rows in _all():
        give_back(held(batch, rows), error=error)


def release() -> int:
    """Queue again what this process leased, as if it had never been claimed; for a stop."""
    mine = [_leased(rows).filter(owner=me()) for rows in _all()]
    return sum(rows.update(state="queued", attempts=F("attempts") - 1, **_FREE) for rows in mine)


def sweep() -> int:
    """Give back what nobody works on: expired leases, and those of dead processes of this host."""
    lost = [row for rows in _all() for row in _lost(_leased(rows))]
    give_back(lost)
    return len(lost)


def _lost(leased: QuerySet[Work]) -> list[Work]:
    expired = list(leased.filter(lease_until__lt=timezone.now()))
    owners = leased.order_by("owner").values_list("owner", flat=True).distinct()
    dead = [owner for owner in owners if _is_dead(owner)]
    orphaned = leased.filter(owner__in=dead).exclude(pk__in=[row.pk for row in expired])
    return [*expired, *orphaned]


def _all() -> tuple[QuerySet[Any], ...]:
    return Job.objects.all(), StylisedImage.objects.all()


def _leased(rows: QuerySet[Work]) -> QuerySet[Work]:
    return rows.filter(state="leased").order_by("pk")


def _urgent(rows: QuerySet[Work]) -> QuerySet[Work]:
    """What may be claimed now, the most urgent first, and what nobody else is claiming."""
    ready = rows.filter(state="queued", not_before__lte=timezone.now())
    return ready.order_by("-priority", "pk").select_for_update(skip_locked=True, of=("self",))


def _lease(rows: QuerySet[Work], batch: uuid.UUID) -> None:
    rows.update(
        state="leased", batch=batch, owner=me(), lease_until=timezone.now() + LEASE,
        fence=F("fence") + 1, attempts=F("attempts") + 1,
    )  # fmt: skip


def _is_dead(owner: str) -> bool:
    host, pid, started = owner.rsplit(" ", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:  # dead, but its parent has not asked yet
            return True
        return abs(_started(process) - float(started)) > 1  # another one with the same number
    except psutil.NoSuchProcess:
        return True


def _started(process: psutil.Process) -> float:
    """Seconds from boot to a process's start; its time of day moves when the clock is set."""
    boot = psutil.boot_time()
    return process.create_time() - boot
