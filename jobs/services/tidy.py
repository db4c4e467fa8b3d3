"""Removing jobs whose time is over."""

from __future__ import annotations

import logging

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.kinds import KINDS
from jobs.models import Item, Job
from jobs.querysets import OPEN
from storage import StorageError

logger = logging.getLogger(__name__)


def tidy() -> None:
    """Remove what nobody needs any more; a storage that is away costs a tidying, and no worker."""
    own = dict.fromkeys(kind.tidy for kind in KINDS.values() if kind.tidy)
    for clean in (remove_old_jobs, *own):
        try:
            clean()
        except (StorageError, OSError) as error:
            logger.warning("Not everything old was removed, which waits for later: %s", error)


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
