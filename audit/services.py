"""Writing the log, and reading whether it is still as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.actor import actor
from audit.errors import ChainError
from audit.models import GENESIS, Entry, Head


@transaction.atomic
def record(*, action: Action, about: str = "", facts: Mapping[str, Any] | None = None) -> Entry:
    """Add an entry, in the transaction of what it tells of: both are stored, or neither is.

    `facts` are of types that JSON has, or dates. Personal data do not belong into what stays.
    """
    Head.objects.get_or_create(pk=1)
    head = Head.objects.select_for_update().get(pk=1)
    entry = Entry(
        number=head.number + 1,
        at=timezone.now(),
        by_name=actor(),
        action=action,
        about=about[:200],
        facts=json.loads(json.dumps(dict(facts or {}), cls=DjangoJSONEncoder)),
        previous=head.sha256,
    )
    entry.sha256 = entry.digest()
    entry.save(force_insert=True)
    head.number, head.sha256 = entry.number, entry.sha256
    head.save()
    return entry


@transaction.atomic
def verify() -> Head:
    """Where the log ends, if all of it is as it was written; else ChainError names the entry."""
    head = Head.objects.select_for_update().filter(pk=1).first() or Head()
    number, previous = 0, GENESIS
    for entry in Entry.objects.order_by("number").iterator(chunk_size=2_000):
        number += 1
        if entry.number != number:
            raise ChainError(f"entry {number} is missing, the next one is {entry.number}")
        if entry.previous != previous:
            raise ChainError(f"entry {number} does not follow the one before it")
        if entry.digest() != entry.sha256:
            raise ChainError(f"entry {number} was changed")
        previous = entry.sha256
    if (head.number, head.sha256) != (number, previous):
        raise ChainError(f"the log ends with entry {number}, and was written to {head.number}")
    return head
