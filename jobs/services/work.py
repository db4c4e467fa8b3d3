"""Doing claimed batches, in whatever process this is."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from jobs.kinds import kind_of
from jobs.models import Item
from jobs.querysets import ItemQuerySet
from jobs.services import leases
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch, OnStage
from jobs.services.heartbeat import GRACE, Heartbeat, LeaseLost
from jobs.services.patience import StillAway, missing, patiently

_PAUSE = 0.5  # seconds between two looks at work that others do

logger = logging.getLogger(__name__)


def run(
    *,
    batch: uuid.UUID,
    ids: Iterable[int],
    told: Callable[[float], None] | None = None,
    on_stage: OnStage | None = None,
    patient: bool = True,
) -> None:
    """Do the claimed items of a batch; what fails together is done one by one.

    `told` receives the items' worth of work done since it was called last, `on_stage` what is done
    of a stage. While the database, the storage or room on the disk is missing the batch waits here,
    and its items lose no attempt; after some minutes it is given back. Not so unless it is
    `patient`: then that is a failure like others. Ends quietly when the lease is lost.
    """
    own = leases.held(batch).filter(pk__in=list(ids)).select_related("job")
    with Heartbeat(batch, patient) as heartbeat, suppress(LeaseLost):
        try:
            if not patiently(lambda: leases.begin(batch), heartbeat):
                return
            patiently(lambda: _together(list(own.all()), heartbeat, told, on_stage), heartbeat)
        except StillAway as error:
            logger.warning("Batch %s is given back: %s", batch, error)
            patiently(lambda: leases.postpone(leases.held(batch)), heartbeat)


def finish(
    *,
    items: ItemQuerySet,
    batch_size: int,
    progress: Callable[[float, float], None],
    on_stage: OnStage | None = None,
) -> None:
    """Work in this process until none of `items` is open, here or elsewhere.

    `progress(items done, items in all)` counts from the start of this call; `on_stage` is told of
    the stages, also of those that another worker is at. A database that is away is waited for. Who
    is interrupted gives back at once what it has in its hands.
    """
    total, sweep_from = items.open().count(), 0.0
    try:
        while True:
            try:
                left = items.open().count()
                if not left:
                    break
                total = max(total, left)  # somebody may queue more
                progress(total - left, total)
                if time.monotonic() >= sweep_from:
                    leases.sweep()
                batch, ids = leases.claim(limit=batch_size, items=items)
                if not ids:
                    _tell_of_others(items, on_stage)
            except (OperationalError, InterfaceError) as error:
                if not missing(error):
                    raise
                logger.warning("The database is away: %s", error)
                close_old_connections()
                ids, sweep_from = [], time.monotonic() + GRACE
            if ids:
                told = _Told(float(total - left), total, progress)
                run(batch=batch, ids=ids, told=told, on_stage=on_stage)
            else:
                time.sleep(_PAUSE)  # the rest is with a worker, or waits for its next attempt
    except BaseException:
        release()
        raise
    progress(total, total)


def release() -> None:
    """Give back at once what this process has in its hands, if the database is there."""
    try:
        leases.release()
    except (OperationalError, InterfaceError) as error:
        logger.warning("What is being done goes back when its lease ends: %s", error)


class _Told:
    """Adds up what is done."""

    def __init__(self, done: float, total: int, progress: Callable[[float, float], None]) -> None:
        self._done, self._total, self._progress = done, total, progress

    def __call__(self, amount: float) -> None:
        self._done += amount
        self._progress(self._done, self._total)


def _tell_of_others(items: ItemQuerySet, on_stage: OnStage | None) -> None:
    made = items.filter(state="leased").exclude(stage="").first() if on_stage else None
    if on_stage and made:
        on_stage(made.stage, made.done, made.total)


def do_now(*, kind: str, item: Wanted, priority: int = 0, asked_by: User | None = None) -> Item:
    """Do quick work in the process that asks for it, unless somebody else has it already."""
    with transaction.atomic():  # no worker sees it before it is taken
        found, _new = ask_once(kind=kind, item=item, priority=priority, asked_by=asked_by)
        batch, ids = leases.claim(limit=1, items=Item.objects.filter(pk=found.pk))
    run(batch=batch, ids=ids, patient=False)
    found.refresh_from_db()
    return found


def _together(
    items: list[Item],
    heartbeat: Heartbeat,
    told: Callable[[float], None] | None,
    on_stage: OnStage | None,
) -> None:
    if not items:
        return
    try:
        kind = kind_of(items[0].kind)
    except LookupError as error:
        leases.give_back(items, error=str(error), final=True)
        return
    work, own = Batch(kind, items, heartbeat, told, on_stage), [item.pk for item in items]
    try:
        kind.run(work)
        left = set(leases.held(heartbeat.batch).filter(pk__in=own).values_list("pk", flat=True))
        forgotten = [item for item in items if item.pk in left]  # with the fences of their claim
        leases.give_back(forgotten, error="the work ended without a result")
    except LeaseLost:
        raise
    except Exception as error:  # such as a file that is missing: whose it is shows alone
        if heartbeat.patient and missing(error):
            raise
        if len(items) == 1:
            work.fail(items[0], error)
            return
        for item in leases.held(heartbeat.batch).filter(pk__in=own):
            _together([item], heartbeat, None, None)
