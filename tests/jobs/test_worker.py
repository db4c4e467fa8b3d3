from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs import worker as module
from jobs.engines import Task, load_engine
from jobs.engines.inline import Engine as Inline
from jobs.models import Item
from jobs.services import leases
from jobs.tasks import run_batch
from jobs.worker import Worker
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db

ALL = Item.objects


class Batch:
    """A batch in somebody's hands; the test says when and how it ends."""

    def __init__(self, task: Task, batch: str, ids: list[int]) -> None:
        self.task, self.batch, self.ids = task, batch, ids
        self.ended, self.reason, self.lost = False, "", False

    def done(self) -> bool:
        return self.ended

    def error(self) -> str:
        return self.reason

    def is_lost(self) -> bool:
        return self.lost


class Engine:
    def __init__(self, slots: int = 1) -> None:
        self.batches: list[Batch] = []
        self.state_at_close: set[str] | None = None

    def submit(self, task, batch: str, ids: list[int]) -> Batch:
        self.batches.append(Batch(task, batch, ids))
        return self.batches[-1]

    def close(self) -> None:
        self.state_at_close = set(ALL.values_list("state", flat=True))


def sizes(engine: Engine) -> list[int]:
    return [len(batch.ids) for batch in engine.batches]


def test_no_more_batches_are_handed_over_than_there_are_slots():
    make_items(5)
    engine = Engine()
    worker = Worker(engine, slots=2, batch_size=2)
    assert [worker.turn() for _ in range(3)] == [True, True, False]
    assert sizes(engine) == [2, 2]
    assert ALL.counts()["queued"] == 1
    engine.batches[0].ended = True
    assert worker.turn()
    assert sizes(engine) == [2, 2, 2]  # what it did not finish


def test_a_batch_that_ended_badly_is_queued_for_later_with_the_reason():
    make_items(2)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=2)
    worker.turn()
    engine.batches[0].ended, engine.batches[0].reason = True, "OperationalError: gone"
    assert not worker.turn()
    for row in ALL.all():
        assert (row.state, row.error, row.attempts) == ("queued", "OperationalError: gone", 1)
        assert row.not_before > timezone.now()
    ALL.update(not_before=timezone.now())
    worker.turn()
    assert sizes(engine) == [2, 1]  # each alone from now on


def test_a_batch_whose_process_was_killed_is_handed_over_again_at_once():
    make_items(2)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=2)
    worker.turn()
    engine.batches[0].ended = engine.batches[0].lost = True
    engine.batches[0].reason = "KilledWorker: no memory"
    assert worker.turn()
    assert sizes(engine) == [2, 2]  # together, as it was
    assert set(ALL.values_list("attempts", "error")) == {(2, "")}


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_a_database_that_is_away_ends_no_worker(monkeypatch, caplog):
    make_items(2)
    sweep, failures = leases.sweep, iter([OperationalError("restarting"), InterfaceError("closed")])

    def away() -> int:
        for error in failures:
            raise error
        return sweep()

    monkeypatch.setattr(leases, "sweep", away)
    monkeypatch.setattr(module, "_IDLE", 0)
    Worker(Inline(), slots=1, batch_size=2).run(until_empty=True)
    assert set(ALL.values_list("state", flat=True)) == {"done"}
    assert "The database is away: restarting" in caplog.text


def test_an_ended_batch_is_given_back_when_the_database_is_there_again(monkeypatch):
    make_items(1)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=1)
    worker.turn()
    engine.batches[0].ended = True

    def away(*_: object, **__: object) -> None:
        raise OperationalError("restarting")

    with monkeypatch.context() as patch:
        patch.setattr(leases, "give_back", away)
        with pytest.raises(OperationalError):
            worker.turn()
    assert worker.turn()
    assert sizes(engine) == [1, 1]


def test_whatever_an_engine_says_unfinished_rows_are_queued_again():
    make_items(1)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=1)
    worker.turn()
    engine.batches[0].ended = True
    assert worker.turn()
    assert sizes(engine) == [1, 1]
    assert ALL.get().attempts == 2


def test_what_another_worker_lost_is_taken_over():
    make_items(1)
    leases.claim(limit=1)
    ALL.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1.00")
    engine = Engine()
    assert Worker(engine, slots=1, batch_size=1).turn()
    assert sizes(engine) == [1]


def test_a_stop_gives_back_before_the_engine_is_closed():
    make_items(3)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=2)
    worker.turn()
    worker.close()
    assert engine.state_at_close == {"queued"}
    assert set(ALL.values_list("attempts", "owner")) == {(0, "")}


def test_the_engine_is_closed_also_where_the_database_is_away(monkeypatch):
    def away() -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(leases, "release", away)
    engine = Engine()
    with pytest.raises(RuntimeError):
        Worker(engine, slots=1, batch_size=2).close()
    assert engine.state_at_close == set()


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_until_empty_waits_for_later_attempts_and_for_others(monkeypatch):
    later, theirs = make_items(2)
    ALL.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(seconds=60))
    leases.claim(limit=1)
    ALL.filter(pk=theirs.pk).update(owner="elsewhere 1 1.00")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            ALL.filter(pk=theirs.pk).update(state="done", batch=None, lease_until=None)
        if len(pauses) == 3:
            ALL.filter(pk=later.pk).update(state="failed")

    monkeypatch.setattr(module.time, "sleep", pause)
    Worker(Engine(), slots=1, batch_size=2).run(until_empty=True)
    assert pauses == [1.0] * 3


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_the_inline_engine_makes_everything():
    make_items(3)
    worker = Worker(load_engine("inline", 1), slots=1, batch_size=2)
    worker.run(until_empty=True)
    worker.close()
    assert set(ALL.values_list("state", flat=True)) == {"done"}


def test_the_inline_engine_reports_what_a_batch_raised(monkeypatch):
    def broken(**_: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr("jobs.services.work.run", broken)
    handle = Inline().submit(run_batch, "0" * 32, [1])
    assert handle.done()
    assert "RuntimeError: the database is away" in handle.error()


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_leases_that_ended_while_the_database_was_away_may_be_renewed(monkeypatch):
    make_items(1)
    batch, _ids = leases.claim(limit=1)
    claim, failures = leases.claim, iter([OperationalError("restarting")])
    turns = []

    def away(**options: object) -> object:
        for error in failures:
            ALL.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1.00")
            raise error
        turns.append(ALL.get().state)
        leases.renew(batch)
        ALL.update(state="done", **leases.FREE)
        return claim(**options)

    monkeypatch.setattr(leases, "claim", away)
    monkeypatch.setattr(module, "_IDLE", 0)
    Worker(Engine(), slots=1, batch_size=1).run(until_empty=True)
    assert turns[0] == "leased"
    assert ALL.get().attempts == 1


def test_a_stop_while_the_database_is_away_stops_the_engine(monkeypatch, caplog):
    def away() -> int:
        raise OperationalError("restarting")

    monkeypatch.setattr(leases, "release", away)
    engine = Engine()
    Worker(engine, slots=1, batch_size=1).close()
    assert engine.state_at_close == set()
    assert "goes back when its lease ends: restarting" in caplog.text
