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
from datetime import timedelta

import psutil
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from generation.models import StylisedImage

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 4
_BACK_OFF = 30.0  # seconds, doubled at each further attempt


def me() -> str:
    """Names this process among all that ever ran: host, process id, start time."""
    return f"{socket.gethostname()} {os.getpid()} {psutil.Process().create_time():.2f}"


def claim(*, limit: int) -> tuple[uuid.UUID, list[int]]:
    """Lease up to `limit` queued images of one recipe, the most urgent first."""
    batch, now = uuid.uuid4(), timezone.now()
    ready = StylisedImage.objects.filter(state="queued", not_before__lte=now)
    with transaction.atomic():
        urgent = ready.order_by("-priority", "pk").select_for_update(skip_locked=True)
        first = urgent.first()
        if first is None:
            return batch, []
        alone = first.attempts > 0  # it failed before: let it not spoil another batch
        same = urgent.filter(recipe_id=first.recipe_id, attempts=0, priority=first.priority)
        ids = [first.pk] if alone else list(same.values_list("pk", flat=True)[:limit])
        StylisedImage.objects.filter(pk__in=ids).update(
            state="leased", batch=batch, owner=me(), lease_until=now + LEASE,
            fence=F("fence") + 1, attempts=F("attempts") + 1,
        )  # fmt: skip
    return batch, ids


def held(batch: uuid.UUID) -> QuerySet[StylisedImage]:
    """The rows that are still leased by this batch."""
    return StylisedImage.objects.filter(state="leased", batch=batch)


def renew(batch: uuid.UUID) -> bool:
    """Prolong the batch's leases; False when none is left, as after a sweep or a removal."""
    return held(batch).update(lease_until=timezone.now() + LEASE) > 0


def give_back(rows: QuerySet[StylisedImage], *, error: str = "", final: bool = False) -> None:
    """Queue leased rows again after a pause; fail those that were tried often enough, or all
    of them where trying again is of no use (`final`)."""
    for row in rows.filter(state="leased"):
        current = StylisedImage.objects.filter(pk=row.pk, state="leased", fence=row.fence)
        reason = error or row.error
        if final or row.attempts >= MAX_ATTEMPTS:
            current.update(
                state="failed", batch=None, lease_until=None, owner="", finished_at=timezone.now(),
                error=reason or f"its worker was lost {row.attempts} times",
            )  # fmt: skip
        else:
            pause = _BACK_OFF * 2 ** (row.attempts - 1) * random.uniform(0.8, 1.2)
            wait = timedelta(seconds=pause if error else 0)
            current.update(
                state="queued", batch=None, lease_until=None, owner="", error=reason,
                not_before=timezone.now() + wait,
            )  # fmt: skip


def sweep() -> int:
    """Give back what nobody works on: expired leases, and those of dead processes of this host."""
    leased = StylisedImage.objects.filter(state="leased")
    lost = list(leased.filter(lease_until__lt=timezone.now()).values_list("pk", flat=True))
    for owner in leased.exclude(pk__in=lost).values_list("owner", flat=True).distinct():
        if _is_dead(owner):
            lost += leased.filter(owner=owner).values_list("pk", flat=True)
    give_back(StylisedImage.objects.filter(pk__in=lost))
    return len(lost)


def _is_dead(owner: str) -> bool:
    host, pid, started = owner.rsplit(" ", 2)
    if host != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except psutil.NoSuchProcess:
        return True
