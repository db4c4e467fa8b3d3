"""Removing jobs whose time is over."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.kinds import KINDS
from jobs.models import Item, Job
from jobs.querysets import OPEN


def tidy() -> None:
    """Remove what nobody needs any more."""
    remove_old_jobs()
    for clean in dict.fromkeys(kind.tidy for kind in KINDS.values()):
        if clean:
            clean()


def remove_old_jobs() -> int:
    """Remove jobs that ended longer ago than their kind is `kept`; returns how many."""
    count = 0
    for kind in KINDS.values():
        if kind.kept is None:
            continue
        since = timezone.now() - kind.kept
        needed = Item.objects.filter(
            Q(state__in=OPEN) | Q(finished_at__gte=since), job=OuterRef("pk")
        )
        old = Job.objects.filter(~Exists(needed), kind=kind.name, created_at__lt=since)
        count += old.count()
        old.delete()
    return count
