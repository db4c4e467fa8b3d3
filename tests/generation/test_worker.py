from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from generation import worker as module
from generation.engines import Task, load_engine
from generation.engines.inline import Engine as Inline
from generation.models import Job, StylisedImage, Word
from generation.services import leases
from generation.services.jobs import ask
from generation.tasks import run_batch, run_job
from generation.worker import Worker
from tests.generation.desk import last, make_desk
from tests.generation.rows import make_queue

pytestmark = pytest.mark.django_db

ALL = StylisedImage.objects


class Batch:
    """A batch in somebody's hands; the test says when and how it ends."""

    def __init__(self, task: Task, batch: str, ids: list[int]) -> None:
        self.task, self.batch, self.ids = task, batch, ids
        self.ended, self.reason = False, ""

    def done(self) -> bool:
        return self.ended

    def error(self) -> str:
        return self.reason


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
    make_queue(contents=5)
    engine = Engine()
    worker = Worker(engine, slots=2, batch_size=2)
    assert [worker.turn() for _ in range(3)] == [True, True, False]
    assert sizes(engine) == [2, 2]
    assert ALL.counts()["queued"] == 1
    engine.batches[0].ended = True
    assert worker.turn()
    assert sizes(engine) == [2, 2, 2]  # what it did not finish


def test_what_somebody_waits_for_goes_before_images():
    make_queue(contents=2)
    word = Word.objects.create(text="a", reading="a")
    job, _ = ask(kind=Job.Kind.CLUSTER, word=word)
    engine = Engine()
    worker = Worker(engine, slots=2, batch_size=2)
    assert [worker.turn() for _ in range(3)] == [True, True, False]
    assert [(batch.task, batch.ids) for batch in engine.batches] == [
        (run_job, [job.pk]),
        (run_batch, list(ALL.order_by("pk").values_list("pk", flat=True))),
    ]
    engine.batches[0].ended, engine.batches[0].reason = True, "KilledWorker: no memory"
    worker.turn()
    job.refresh_from_db()
    assert (job.state, job.error) == ("queued", "KilledWorker: no memory")


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_a_job_of_the_inline_engine_is_done_before_the_worker_ends():
    word = make_desk(6)
    job, _ = ask(kind=Job.Kind.CLUSTER, word=word, parameters={"k": 2, "seed": 5})
    worker = Worker(Inline(), slots=1, batch_size=2)
    worker.run(until_empty=True)
    job.refresh_from_db()
    assert job.state == "done"
    assert last(word).parameters["seed"] == 5


def test_a_batch_that_ended_badly_is_queued_for_later_with_the_reason():
    make_queue(contents=2)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=2)
    worker.turn()
    engine.batches[0].ended, engine.batches[0].reason = True, "KilledWorker: no memory"
    assert not worker.turn()
    for row in ALL.all():
        assert (row.state, row.error, row.attempts) == ("queued", "KilledWorker: no memory", 1)
        assert row.not_before > timezone.now()
    ALL.update(not_before=timezone.now())
    worker.turn()
    assert sizes(engine) == [2, 1]  # each alone from now on


def test_whatever_an_engine_says_unfinished_rows_are_queued_again():
    make_queue(contents=1)
    engine = Engine()
    worker = Worker(engine, slots=1, batch_size=1)
    worker.turn()
    engine.batches[0].ended = True
    assert worker.turn()
    assert sizes(engine) == [1, 1]
    assert ALL.get().attempts == 2


def test_what_another_worker_lost_is_taken_over():
    make_queue(contents=1)
    leases.claim(limit=1)
    ALL.update(lease_until=timezone.now() - timedelta(seconds=1), owner="elsewhere 1 1.00")
    engine = Engine()
    assert Worker(engine, slots=1, batch_size=1).turn()
    assert sizes(engine) == [1]


def test_a_stop_gives_back_before_the_engine_is_closed():
    make_queue(contents=3)
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
    later, theirs = make_queue(contents=2)
    ALL.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(seconds=60))
    leases.claim(limit=1)
    ALL.filter(pk=theirs.pk).update(owner="elsewhere 1 1.00")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            ALL.filter(pk=theirs.pk).update(
                state="done", sha256="a" * 64, batch=None, lease_until=None
            )
        if len(pauses) == 3:
            ALL.filter(pk=later.pk).update(state="failed")

    monkeypatch.setattr(module.time, "sleep", pause)
    Worker(Engine(), slots=1, batch_size=2).run(until_empty=True)
    assert pauses == [1.0] * 3


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_the_inline_engine_makes_everything():
    make_queue(contents=3)
    worker = Worker(load_engine("generation.engines.inline", 1), slots=1, batch_size=2)
    worker.run(until_empty=True)
    worker.close()
    assert ALL.counts() == {"queued": 0, "leased": 0, "done": 3, "failed": 0}


def test_the_inline_engine_reports_what_a_batch_raised(monkeypatch):
    def broken(**_: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr("generation.services.stylise.make", broken)
    handle = Inline().submit(run_batch, "0" * 32, [1])
    assert handle.done()
    assert "RuntimeError: the database is away" in handle.error()
