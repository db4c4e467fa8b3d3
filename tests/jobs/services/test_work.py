"""Doing a claimed batch, whatever goes wrong in it."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs.models import Item
from jobs.services import batch as module
from jobs.services import heartbeat, leases, work
from jobs.services.ask import Wanted, cancel
from jobs.services.heartbeat import LeaseLost
from tests.jobs.conftest import FinalError
from tests.jobs.rows import KIND, make_items

pytestmark = pytest.mark.django_db

ALL = Item.objects


def do(limit: int = 9, **options) -> None:
    batch, ids = leases.claim(limit=limit)
    work.run(batch=batch, ids=ids, **options)


def states() -> list[str]:
    return list(ALL.order_by("pk").values_list("state", flat=True))


def test_what_is_committed_is_done(works):
    stored: list[str] = []

    def run(batch):
        for item in batch.items:
            assert batch.commit(item, lambda item=item: stored.append(item.key), outcome="fine")

    works(run)
    make_items(2)
    do()
    assert stored == ["0", "1"]
    for item in ALL.all():
        assert (item.state, item.outcome, item.error, item.attempts) == ("done", "fine", "", 1)
        assert (item.batch, item.lease_until, item.owner) == (None, None, "")
        assert item.started_at <= item.finished_at


def test_nothing_is_done_where_storing_fails(works):
    def run(batch):
        def store():
            raise OSError("the disk is full")

        batch.commit(batch.items[0], store)

    works(run)
    make_items(1)
    do()
    item = ALL.get()
    assert (item.state, item.reason) == ("queued", "OSError: the disk is full")
    assert "in store" in item.error
    assert item.not_before > timezone.now() + timedelta(seconds=20)


def test_what_fails_together_is_done_one_by_one(works):
    seen: list[list[str]] = []

    def run(batch):
        seen.append([item.key for item in batch.items])
        if "1" in seen[-1]:
            raise FinalError("it is damaged")
        for item in batch.items:
            batch.commit(item)

    works(run)
    make_items(3)
    do()
    assert seen == [["0", "1", "2"], ["0"], ["1"], ["2"]]
    assert states() == ["done", "failed", "done"]
    failed = ALL.get(key="1")
    assert failed.reason == "it is damaged"
    assert "Traceback" in failed.error
    assert failed.attempts == 1


def test_an_item_can_fail_by_itself(works):
    def run(batch):
        first, second = batch.items
        batch.fail(first, ValueError("no"))
        batch.commit(second)

    works(run)
    make_items(2)
    do()
    assert states() == ["queued", "done"]
    assert ALL.get(key="0").reason == "ValueError: no"


def test_a_kind_that_nobody_knows_fails_with_what_is_known():
    make_items(1)
    ALL.update(kind="knitting")
    do()
    item = ALL.get()
    assert item.state == "failed"
    assert "expected a kind of work among" in item.error
    assert "got 'knitting'" in item.error


@pytest.mark.parametrize("change", [{"fence": 7}, {"batch": "0" * 32}])
def test_a_stale_claim_commits_and_fails_nothing(works, change):
    stored: list[str] = []

    def run(batch):
        ALL.update(**change)
        (item,) = batch.items
        assert not batch.commit(item, lambda: stored.append("x"))
        batch.fail(item, ValueError("too late"))

    works(run)
    make_items(1)
    do()
    assert stored == []
    assert (ALL.get().state, ALL.get().error) == ("leased", "")


def test_a_batch_that_was_swept_before_it_began_is_not_done(works):
    works(lambda batch: pytest.fail("it ran"))
    make_items(1)
    batch, ids = leases.claim(limit=1)
    ALL.update(lease_until=timezone.now())
    leases.sweep()
    work.run(batch=batch, ids=ids)
    assert states() == ["queued"]


def test_who_lost_the_lease_stops_at_the_next_step(works, monkeypatch):
    steps: list[int] = []

    def run(batch):
        cancel(ALL.all())
        for _ in range(1_000):
            batch.check()
            steps.append(1)
            threading.Event().wait(0.01)

    # A thread has a connection of its own, which does not see into this test's transaction.
    monkeypatch.setattr(leases, "renew", lambda _: False)
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(seconds=0.02))
    works(run)
    make_items(1)
    do()
    assert 0 < len(steps) < 1_000
    assert states() == ["cancelled"]


def test_a_heartbeat_outlives_a_database_that_is_away(works, monkeypatch, caplog):
    beats = threading.Semaphore(0)

    def renew(_):
        beats.release()
        raise OperationalError("database is locked")

    def run(batch):
        assert beats.acquire(timeout=5)
        assert beats.acquire(timeout=5)
        batch.check()
        batch.commit(batch.items[0])

    monkeypatch.setattr(heartbeat, "BEAT", timedelta(seconds=0.01))
    monkeypatch.setattr(leases, "renew", renew)
    works(run)
    make_items(1)
    do()
    assert states() == ["done"]
    assert "database is locked" in caplog.text


def test_an_item_says_how_far_it_is(works, monkeypatch):
    seen = []

    def run(batch):
        (item,) = batch.items
        tally = batch.tally(item)
        tally.begin("describe", 3)
        for _ in range(3):
            tally.add()
            row = ALL.get()
            seen.append((row.stage, row.total, row.done))
        tally.begin("cluster", 1)
        batch.commit(item)

    monkeypatch.setattr(module, "_PAUSE", 0)
    works(run)
    make_items(1)
    do()
    assert seen == [("describe", 3, 1), ("describe", 3, 2), ("describe", 3, 3)]
    assert ALL.get().stage == "cluster"


def test_a_tally_stops_the_work_when_the_lease_is_lost(works):
    def run(batch):
        batch._heartbeat.lost.set()
        with pytest.raises(LeaseLost):
            batch.tally(batch.items[0]).begin("describe", 3)
        raise LeaseLost

    works(run)
    make_items(1)
    do()
    assert (ALL.get().state, ALL.get().stage) == ("leased", "")


def test_finishing_does_its_items_and_no_others():
    rows = make_items(4)
    ALL.filter(pk=rows[3].pk).update(priority=10)
    told: list[tuple[float, float]] = []
    wanted = ALL.filter(pk__in=[row.pk for row in rows[:3]])
    work.finish(items=wanted, batch_size=2, progress=lambda done, total: told.append((done, total)))
    assert states() == ["done", "done", "done", "queued"]
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_finishing_waits_for_what_others_do(monkeypatch):
    mine, theirs = make_items(2)
    _, ids = leases.claim(limit=2, items=ALL.filter(pk=theirs.pk))
    assert ids == [theirs.pk]
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        """While this process waits, the other one finishes."""
        assert ALL.get(pk=mine.pk).state == "done"
        pauses.append(seconds)
        if len(pauses) == 2:
            ALL.filter(pk=theirs.pk).update(state="done", batch=None, lease_until=None, owner="")

    monkeypatch.setattr(work.time, "sleep", pause)
    work.finish(items=ALL.all(), batch_size=4, progress=lambda *_: None)
    assert len(pauses) == 2


def test_finishing_takes_over_what_a_lost_worker_left():
    make_items(1)
    leases.claim(limit=1)
    ALL.update(lease_until=timezone.now())
    work.finish(items=ALL.all(), batch_size=4, progress=lambda *_: None)
    assert (ALL.get().state, ALL.get().attempts) == ("done", 2)


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_finishing_waits_for_a_database_that_is_away(monkeypatch, caplog):
    make_items(2)
    claim, failures = leases.claim, iter([OperationalError("restarting"), InterfaceError("closed")])
    sweeps: list[int] = []

    def away(**options: object) -> object:
        for error in failures:
            raise error
        return claim(**options)

    monkeypatch.setattr(leases, "claim", away)
    monkeypatch.setattr(leases, "sweep", lambda: sweeps.append(1))
    monkeypatch.setattr(work, "_PAUSE", 0)
    work.finish(items=ALL.all(), batch_size=4, progress=lambda *_: None)
    assert states() == ["done", "done"]
    assert "The database is away: restarting" in caplog.text
    assert len(sweeps) == 1  # before it was away: whoever lives may renew a lease that ended since


def test_finishing_ends_with_a_statement_that_is_wrong(monkeypatch):
    make_items(1)

    def wrong(**_: object) -> None:
        cause = sqlite3.OperationalError("no such table")
        cause.sqlite_errorcode = sqlite3.SQLITE_ERROR
        raise OperationalError("no such table") from cause

    monkeypatch.setattr(leases, "claim", wrong)
    with pytest.raises(OperationalError, match="no such table"):
        work.finish(items=ALL.all(), batch_size=4, progress=lambda *_: None)


def test_an_item_that_was_forgotten_has_failed(works):
    works(lambda batch: batch.commit(batch.items[0]))
    make_items(2)
    do()
    assert states() == ["done", "queued"]
    assert ALL.get(key="1").error == "the work ended without a result"
    assert ALL.get(key="1").not_before > timezone.now() + timedelta(seconds=20)


def test_quick_work_is_done_by_who_asks(works):
    item = work.do_now(kind=KIND, item=Wanted(key="a"))
    assert item.state == "done"
    assert work.do_now(kind=KIND, item=Wanted(key="a")).pk != item.pk


def test_quick_work_that_somebody_has_is_left_to_them(works):
    make_items(1)
    leases.claim(limit=1)
    found = work.do_now(kind=KIND, item=Wanted(key="0"))
    assert (found.state, found.fence) == ("leased", 1)


def test_stages_of_an_item_count_alike(works):
    told = []

    def run(batch):
        tally = batch.tally(batch.items[0], stages=2)
        tally.begin("describe", 4)
        tally.move_to(2)
        tally.begin("cluster", 1)
        tally.add()
        batch.commit(batch.items[0])

    works(run)
    make_items(1)
    do(told=told.append)
    assert told == [0.25, 0.25, 0.5]
