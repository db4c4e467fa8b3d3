"""Claiming items, keeping them, and giving them back.

The database is the truth: an item is queued, leased, done, failed or cancelled. Whoever works on
it holds a lease with a time limit and the item's fence of that moment; a result is stored only
while both still hold, so work is computed at least once and stored exactly once, whatever is
killed.
"""

from __future__ import annotations

import os
import random
import socket
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import psutil
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.kinds import KINDS
from jobs.models import Item
from jobs.querysets import ItemQuerySet

LEASE = timedelta(seconds=60)
# So often an item may fail, and so often its worker may be lost, before it is given up.
MAX_ATTEMPTS, MAX_LOSSES = 4, 8
_BACK_OFF = 30.0  # seconds, doubled at each further attempt
_ELSEWHERE = timedelta(seconds=60)
FREE: dict[str, Any] = {"batch": None, "lease_until": None, "owner": ""}


def me() -> str:
    """Names this process among all that ever ran: host, process id, start since boot."""
    return f"{socket.gethostname()} {os.getpid()} {_started(psutil.Process()):.2f}"


def claim(*, limit: int, items: QuerySet[Item] | None = None) -> tuple[uuid.UUID, list[int]]:
    """Lease queued items of one kind and group that may be done together, the most urgent first.

    They are at most `limit`, or fewer where the kind says so. Only `items` are looked at, by
    default all there are.
    """
    batch, now = uuid.uuid4(), timezone.now()
    with transaction.atomic():
        urgent = _urgent(Item.objects.all() if items is None else items)
        first = urgent.first()
        if first is None:
            return batch, []
        # What failed, or was lost twice, spoils no other batch. A batch that was lost once comes
        # together again as it was, so that it can continue from its checkpoints.
        alone = first.error != "" or first.attempts > 1
        most = 1 if alone else min(limit, _together(first.kind, limit))
        # Nothing is more urgent than the first; with "at least" PostgreSQL follows its index.
        same = urgent.filter(
            kind=first.kind, group=first.group, attempts=first.attempts, error="",
            priority__gte=first.priority,
        )  # fmt: skip
        ids = [first.pk] if most == 1 else list(same.values_list("pk", flat=True)[:most])
        Item.objects.filter(pk__in=ids).update(
            state=Item.State.LEASED, batch=batch, owner=me(), lease_until=now + LEASE,
            fence=F("fence") + 1, attempts=F("attempts") + 1, started_at=now, finished_at=None,
        )  # fmt: skip
    return batch, ids


def held(batch: uuid.UUID) -> QuerySet[Item]:
    """The items that are still leased by this batch."""
    return _leased().filter(batch=batch)


def mine(item: Item) -> QuerySet[Item]:
    """The item's row, if it is still of the batch and the fence that it was claimed with."""
    return Item.objects.filter(pk=item.pk, state="leased", batch=item.batch, fence=item.fence)


def renew(batch: uuid.UUID) -> bool:
    """Prolong the batch's leases; False when none is left, as after a sweep or when cancelled."""
    return bool(held(batch).update(lease_until=timezone.now() + LEASE))


def give_back(
    items: Iterable[Item], *, error: str = "", lost: str = "", final: bool = False
) -> None:
    """Queue leased items again, after a pause where there is an error; fail those that were tried
    often enough, or all of them where trying again is of no use (`final`).

    Without an error whoever worked on them was lost, of which `lost` may say more: that is not
    their fault, and they are queued at once. An item that was given back or claimed anew since it
    was read is left alone.
    """
    for item in items:
        current = Item.objects.filter(state="leased", pk=item.pk, fence=item.fence)
        reason = error or item.error
        if final or item.attempts >= (MAX_ATTEMPTS if reason else MAX_LOSSES):
            times = f"its worker was lost {item.attempts} times"
            reason = reason or (f"{times}: {lost}" if lost else times)
            current.update(state="failed", finished_at=timezone.now(), error=reason, **FREE)
        else:
            pause = _BACK_OFF * 2 ** (item.attempts - 1) * random.uniform(0.8, 1.2) if error else 0
            due = timezone.now() + timedelta(seconds=pause)
            current.update(state="queued", not_before=due, error=reason, **FREE)


def postpone(items: QuerySet[Item]) -> int:
    """Queue leased items again for a minute later, as if they had never been claimed.

    Nothing is wrong with them, but where they were claimed something is missing.
    """
    due = timezone.now() + _ELSEWHERE
    return items.update(state="queued", attempts=F("attempts") - 1, not_before=due, **FREE)


def release() -> int:
    """Queue again what this process leased, as if it had never been claimed; for a stop."""
    own = _leased().filter(owner=me())
    return own.update(state="queued", attempts=F("attempts") - 1, **FREE)


def sweep() -> int:
    """Give back what nobody works on: expired leases, and those of dead processes of this host."""
    leased = _leased()
    expired = list(leased.filter(lease_until__lt=timezone.now()))
    owners = leased.order_by("owner").values_list("owner", flat=True).distinct()
    dead = [owner for owner in owners if is_dead(owner)]
    orphaned = leased.filter(owner__in=dead).exclude(pk__in=[item.pk for item in expired])
    lost = [*expired, *orphaned]
    give_back(lost)
    return len(lost)


def _leased() -> ItemQuerySet:
    return Item.objects.filter(state="leased").order_by("pk")


def _urgent(items: QuerySet[Item]) -> QuerySet[Item]:
    """What may be claimed now, the most urgent first, and what nobody else is claiming."""
    ready = items.filter(state="queued", not_before__lte=timezone.now())
    return ready.order_by("-priority", "pk").select_for_update(skip_locked=True, of=("self",))


def _together(kind: str, limit: int) -> int:
    """At most so many of a kind; one of a kind that nobody knows, so that it fails alone."""
    if kind not in KINDS:
        return 1
    most = KINDS[kind].together
    return limit if most is None else most


def is_dead(owner: str) -> bool:
    """Whether the process of this name is of this machine, and is not there any more."""
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
