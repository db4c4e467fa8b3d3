"""Asking for work, calling it off, and asking for it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from jobs.kinds import kind_of
from jobs.models import Item, Job
from jobs.querysets import OPEN
from jobs.services.leases import FREE


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item to be queued. Of the same kind and key one is open at a time; those of one group
    may be done together.
    """

    key: str
    label: str = ""
    group: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def ask(
    *,
    kind: str,
    items: Sequence[Wanted],
    about: str = "",
    priority: int = 0,
    asked_by: User | None = None,
) -> Job:
    """A new job with these items, in the transaction of who asks: there is no other queue.

    Raises IntegrityError where one of the items is open already, and UnknownKindError.
    """
    kind_of(kind)
    job = Job.objects.create(kind=kind, about=about[:200], priority=priority, asked_by=asked_by)
    Item.objects.bulk_create(
        [
            Item(
                job=job, kind=kind, priority=priority, key=each.key, label=each.label[:200],
                group=each.group, parameters=dict(each.parameters),
            )
            for each in items
        ],
        batch_size=1_000,
    )  # fmt: skip
    return job


def ask_once(
    *,
    kind: str,
    item: Wanted,
    priority: int = 0,
    asked_by: User | None = None,
) -> tuple[Item, bool]:
    """The open item of this kind and key, and whether it is a new one.

    What waits already is done as it was asked for first.
    """
    waiting = Item.objects.open().filter(kind=kind, key=item.key).select_related("job")
    if found := waiting.first():
        return found, False
    try:
        job = ask(kind=kind, items=[item], about=item.label, priority=priority, asked_by=asked_by)
    except IntegrityError:  # somebody else asked in this moment
        return waiting.get(), False
    return job.items.get(), True


def cancel(items: QuerySet[Item]) -> int:
    """Call off those that are open; returns how many. Who works on one stops at its next step."""
    return items.filter(state__in=OPEN).update(
        state=Item.State.CANCELLED, finished_at=timezone.now(), **FREE
    )


def retry(items: QuerySet[Item]) -> int:
    """Give failed and cancelled items a fresh start; returns how many there were.

    One whose work was asked for anew meanwhile stays as it is.
    """
    ended = (Item.State.FAILED, Item.State.CANCELLED)
    count = 0
    for item in items.filter(state__in=ended).order_by("pk"):
        count += _queue_again(item)
    return count


def _queue_again(item: Item) -> int:
    try:
        with transaction.atomic():
            return Item.objects.filter(pk=item.pk, state=item.state).update(
                state=Item.State.QUEUED, attempts=0, error="", not_before=timezone.now(),
                started_at=None, finished_at=None,
            )  # fmt: skip
    except IntegrityError:
        return 0
