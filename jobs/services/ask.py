"""Asking for work, calling it off, and asking for it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from jobs.kinds import kind_of
from jobs.models import Item, Job
from jobs.querysets import ENDED_BADLY, OPEN
from jobs.services.leases import FREE

_AT_ONCE = 1_000  # rows of one statement


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item to be queued. Of the same kind and key one is open at a time; those of one group
    may be done together; `part` names what several belong to.
    """

    key: str
    label: str = ""
    group: str = ""
    part: str = ""
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
                group=each.group, part=each.part[:100], parameters=dict(each.parameters),
            )
            for each in items
        ],
        batch_size=_AT_ONCE,
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


def ask_each(
    *,
    kind: str,
    items: Sequence[Wanted],
    about: str = "",
    priority: int = 0,
    asked_by: User | None = None,
) -> list[Item]:
    """The open item of each key, in their order; what nobody asked for yet is a new job.

    What waits already is done as it was asked for first.
    """
    while True:
        waiting = Item.objects.open().filter(kind=kind, key__in=[each.key for each in items])
        found = {item.key: item for item in waiting}
        missing = [each for each in items if each.key not in found]
        if not missing:
            return [found[each.key] for each in items]
        try:
            job = ask(kind=kind, items=missing, about=about, priority=priority, asked_by=asked_by)
        except IntegrityError:  # somebody else asked in this moment: look again
            continue
        found |= {item.key: item for item in job.items.all()}
        return [found[each.key] for each in items]


def cancel(items: QuerySet[Item]) -> int:
    """Call off those that are open; returns how many. Who works on one stops at its next step."""
    return items.filter(state__in=OPEN).update(
        state=Item.State.CANCELLED, finished_at=timezone.now(), **FREE
    )


def retry(items: QuerySet[Item]) -> int:
    """Give failed and cancelled items a fresh start; returns how many there were.

    One whose work was asked for anew meanwhile stays as it is, and of several of the same work the
    last one alone is queued.
    """
    ended = items.filter(state__in=ENDED_BADLY).order_by("pk")
    last = {(kind, key): pk for pk, kind, key in ended.values_list("pk", "kind", "key")}
    ids = sorted(last.values())
    portions = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    return sum(map(_queue_again, portions))


def _queue_again(ids: Sequence[int]) -> int:
    same = Item.objects.open().filter(kind=OuterRef("kind"), key=OuterRef("key"))
    ended = Item.objects.filter(~Exists(same), pk__in=ids, state__in=ENDED_BADLY)
    while True:
        try:
            with transaction.atomic():
                return ended.update(
                    state=Item.State.QUEUED, attempts=0, error="", outcome="", stage="", done=0,
                    total=0, not_before=timezone.now(), started_at=None, finished_at=None,
                )  # fmt: skip
        except IntegrityError:  # one of these was asked for in this moment: look again
            continue
