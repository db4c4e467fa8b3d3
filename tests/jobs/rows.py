"""Queues of items of a kind whose work the test decides."""

from __future__ import annotations

from typing import Any

from jobs.models import Item
from jobs.services.ask import Wanted, ask

KIND = "test"


def make_items(count: int = 3, **values: Any) -> list[Item]:
    """The items of a new job, in the order of the queue; `values` are those of each."""
    first = Item.objects.count()
    wanted = [Wanted(key=str(first + number), **values) for number in range(count)]
    return list(ask(kind=KIND, items=wanted).items.order_by("pk"))
