"""Which workers there are: those that give signs of life."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs.models import Worker
from jobs.services import heartbeat, leases, workers
from jobs.services.workers import Presence, living, sweep
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db


def make_worker(name, **ago):
    beat = timezone.now() - timedelta(**ago)
    host, pid, _ = name.rsplit(" ", 2)
    return Worker.objects.create(
        name=name, host=host, pid=pid, engine="local", slots=1, beat_at=beat
    )


def test_a_worker_has_a_row_for_as_long_as_it_works():
    with Presence(engine="local", slots=2):
        row = Worker.objects.get()
        assert (row.name, row.pid, row.engine, row.slots) == (leases.me(), os.getpid(), "local", 2)
        assert living() == [row]
    assert not Worker.objects.exists()


def test_it_beats_and_comes_back_where_its_row_was_swept(monkeypatch):
    beats = threading.Semaphore(0)
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(seconds=0.01))
    # Another thread would not see into this test's transaction.
    monkeypatch.setattr(Presence, "_beat", lambda _self: beats.release() or True)
    with Presence(engine="local", slots=2):
        assert all(beats.acquire(timeout=5) for _ in range(4))
    monkeypatch.undo()
    presence = Presence(engine="local", slots=2)
    for _ in range(2):
        assert presence._beat()
        Worker.objects.all().delete()
    presence._beat()
    first = Worker.objects.get()
    Worker.objects.update(beat_at=timezone.now() - timedelta(seconds=20))
    presence._beat()
    now = Worker.objects.get()
    assert (now.pk, now.started_at) == (first.pk, first.started_at)
    assert now.beat_at >= first.beat_at


def test_a_database_that_is_away_keeps_no_worker_from_its_work(monkeypatch, caplog):
    def away(*_, **__):
        raise OperationalError("restarting")

    with monkeypatch.context() as patch:
        patch.setattr(Worker.objects, "update_or_create", away)
        with Presence(engine="local", slots=1):
            assert living() == []
            patch.setattr(Worker.objects, "filter", away)
    assert caplog.text.count("restarting") == 2


def test_the_silent_and_the_dead_are_not_there():
    speaking = make_worker("elsewhere 1 1.00", seconds=20)
    make_worker("elsewhere 2 1.00", seconds=40)
    host = leases.me().split(" ", maxsplit=1)[0]
    make_worker(f"{host} {2**22} 1.00", seconds=1)  # of this machine, and no such process
    assert living() == [speaking]
    assert sweep() == 2
    assert list(Worker.objects.all()) == [speaking]


def test_whether_work_waits_for_nobody():
    assert not workers.waits_for_nobody()
    make_items(1)
    assert workers.waits_for_nobody()
    make_worker("elsewhere 1 1.00", seconds=1)
    assert not workers.waits_for_nobody()
