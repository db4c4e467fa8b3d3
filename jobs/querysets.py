"""The words in which jobs and their items are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from jobs.models import Item, Job, Worker  # noqa: F401

# An item is not at its end yet.
OPEN = ("queued", "leased")
# It is, and was not done.
ENDED_BADLY = ("failed", "cancelled")
# A worker that gave no sign for so long is taken to be gone.
SILENCE = timedelta(seconds=30)
# No key of a 64-bit column has as many; a longer number would be an error of the database.
_DIGITS = 19


def keys_of(texts: Iterable[str]) -> list[int]:
    """The primary keys among what an address or a form names; the rest is none of any row."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < _DIGITS]


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> JobQuerySet:
        """Those with an item that waits or is being done."""
        items = apps.get_model("jobs", "Item").objects
        return self.filter(models.Exists(items.filter(job=models.OuterRef("pk"), state__in=OPEN)))


def count_items(jobs: Iterable[Job]) -> None:
    """Give these jobs their `counts` by one query in all."""
    own = {job.pk: job for job in jobs}
    items = apps.get_model("jobs", "Item")
    for job in own.values():
        job.counts = dict.fromkeys(items.State.values, 0)
    rows = items.objects.filter(job__in=own).order_by().values_list("job", "state")
    for pk, state, n in rows.annotate(n=models.Count("pk")):
        own[pk].counts[state] = n


class ItemQuerySet(models.QuerySet["Item"]):
    def open(self) -> ItemQuerySet:
        """What waits or is being done."""
        return self.filter(state__in=OPEN)

    def counts(self) -> dict[str, int]:
        """How many items are in each state; every state is a key."""
        found = dict(self.order_by().values_list("state").annotate(n=models.Count("pk")))
        return {state: found.get(state, 0) for state in self.model.State.values}


class WorkerQuerySet(models.QuerySet["Worker"]):
    def heard(self) -> WorkerQuerySet:
        """Those that gave a sign of life lately."""
        return self.filter(beat_at__gte=timezone.now() - SILENCE)
