"""manage.py worker: its arguments, and how it stops."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from django.core.management import CommandError, call_command

from jobs.management.commands import worker as worker_command
from jobs.models import Item, Worker
from jobs.services.batch import Batch
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db


@pytest.fixture
def signals():
    """The worker command takes these over."""
    before = {number: signal.getsignal(number) for number in worker_command._SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments: str) -> None:
    call_command(*arguments)


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_the_worker_works_until_the_queue_is_empty(signals, works):
    seen: list[str] = []

    def look(batch: Batch) -> None:
        seen.append(str(Worker.objects.get().pid))
        batch.commit(batch.items[0])

    works(look)
    make_items(2)
    run("worker", "--engine", "inline", "--until-empty", "--batch-size", "1")
    assert Item.objects.counts()["done"] == 2
    assert seen == [str(os.getpid())] * 2
    assert not Worker.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "nono"], r"--engine nono: No module named .jobs\.engines\.nono"),
        (["--engine", "jobs.tasks"], "--engine jobs.tasks: .*no class Engine"),
        (["--slots", "0"], "--slots: expected a whole number of at least 1"),
        (["--batch-size", "x"], "--batch-size: expected a whole number"),
    ],
)
def test_the_worker_says_what_is_wrong(signals, arguments, message):
    with pytest.raises(CommandError, match=message):
        run("worker", "--until-empty", *arguments)


def test_an_engine_without_its_library_says_what_to_install(signals, monkeypatch):
    for module in ("local", "cluster"):
        monkeypatch.delitem(sys.modules, f"jobs.engines.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CommandError, match=r"pip install 'texturestudy\[dask\]', or set"):
        run("worker", "--engine", "local")


@pytest.mark.django_db(transaction=True)  # it closes its connection between two looks
def test_a_signal_stops_the_worker_in_whatever_it_is(signals, monkeypatch):
    make_items(1)

    def computing(*_: object, **__: object) -> None:
        assert Item.objects.get().state == "leased"
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal did not stop this")

    monkeypatch.setattr("jobs.worker.run_batch", computing)
    with pytest.raises(SystemExit):
        run("worker", "--engine", "inline")
    row = Item.objects.get()
    assert (row.state, row.attempts) == ("queued", 0)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN  # closing is not cut short
