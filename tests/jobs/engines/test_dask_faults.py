"""What is killed and cut off between a scheduler, its workers and the command worker."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from jobs.engines import load_engine, remote
from jobs.models import Item
from tests.jobs.engines.conftest import queue
from tests.jobs.processes import free_port, registered, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

ALL = Item.objects
COMMAND = ("--engine", "dask", "--batch-size", "2")
SHORT = {"SLEEPERS_LEASE_S": "6"}


def leased() -> bool:
    """Whether a Dask worker has begun."""
    return ALL.filter(state="leased", stage="sleep").exists()


def test_a_killed_dask_worker_costs_no_waiting(house):
    queue(2, seconds=3)
    house.scheduler()
    nanny = house.dask_worker()
    command = house.worker(*COMMAND)
    until(leased)
    for child in nanny.children():
        child.kill()
    until(lambda: ALL.filter(state="done").count() == 2)
    assert set(ALL.values_list("attempts", "error")) == {(2, "")}
    assert command.code is None


def test_a_dask_worker_whose_time_is_over_costs_little_waiting(house):
    queue(2, seconds=9)
    house.scheduler()
    first = house.dask_worker("--lifetime", "6s")
    command = house.worker(*COMMAND)
    until(leased)
    house.dask_worker()
    first.wait()
    until(lambda: ALL.filter(state="done").count() == 2, seconds=40)  # before a lease would end
    assert set(ALL.values_list("attempts", "error")) <= {(1, ""), (2, "")}
    assert command.code is None


def test_an_item_that_kills_its_workers_is_given_up_and_no_other(house):
    queue(1, die=True)
    queue(3)
    house.scheduler()
    house.dask_worker()
    command = house.worker(*COMMAND, "--until-empty")
    assert command.wait() == 0
    assert ALL.counts()["done"] == 3
    item = ALL.get(state="failed")
    assert item.parameters == {"die": True}
    assert "its worker was lost 8 times: KilledWorker" in item.error


def test_a_scheduler_that_is_killed_and_comes_back(house):
    queue(2, seconds=8)
    scheduler = house.scheduler()
    nanny = house.dask_worker(**SHORT)
    command = house.worker(*COMMAND, **SHORT)
    until(leased)
    scheduler.kill()
    until(lambda: "is away" in command.said)
    assert "out of sight; it is left to its lease" in command.said
    nanny.wait()  # whoever supervises it starts it anew
    queue(1)
    house.scheduler()
    house.dask_worker(**SHORT)
    until(lambda: "is back" in command.said)
    until(lambda: ALL.filter(state="done").count() == 3)
    assert set(ALL.values_list("error", flat=True)) == {""}
    assert command.code is None


def test_a_killed_command_is_followed_by_the_next_at_once(house):
    queue(2, seconds=4)
    house.scheduler()
    house.dask_worker()
    first = house.worker(*COMMAND)
    until(leased)
    first.kill()
    command = house.worker(*COMMAND, "--until-empty")
    assert command.wait() == 0
    assert ALL.counts()["done"] == 2
    assert set(ALL.values_list("attempts", "error")) == {(2, "")}


def test_a_stopped_command_gives_back_at_once(house):
    queue(2, seconds=20)
    house.scheduler()
    house.dask_worker()
    command = house.worker(*COMMAND)
    until(leased)
    command.kill(signal.SIGTERM)
    command.wait()
    assert set(ALL.values_list("state", "attempts")) == {("queued", 0)}


def test_a_frozen_dask_worker_holds_up_no_other(house, settings, monkeypatch, caplog):
    settings.JOBS_DASK = {"scheduler": house.address}
    monkeypatch.setattr(remote, "_ANSWER_S", 2)
    house.scheduler()
    both = [house.dask_worker(), house.dask_worker()]
    registered(*both)
    frozen = both[0].children()[-1]
    frozen.suspend()
    engine = load_engine("dask")
    try:
        assert (engine.slots, engine.has_room(0)) == (1, True)
        assert "gets no work: it does not answer" in caplog.text
        frozen.resume()
        monkeypatch.setattr(remote, "_AGAIN_S", 0)
        until(lambda: engine.has_room(0) and engine.slots == 2)
    finally:
        engine.close()


class Wire:
    """A connection to the scheduler that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self.to, self.port = port, free_port()
        self._open: list[socket.socket] = []
        self._server: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        for each in (self._server, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def wire(house) -> Iterator[Wire]:
    made = Wire(house.port)
    yield made
    made.cut()


def test_who_computes_goes_on_while_the_command_is_cut_off(house, wire):
    queue(2, seconds=6)
    house.scheduler()
    house.dask_worker()
    command = house.worker(*COMMAND, TEXTURESTUDY_DASK_SCHEDULER=f"tcp://127.0.0.1:{wire.port}")
    until(leased)
    wire.cut()
    until(lambda: "is away" in command.said)
    until(lambda: ALL.filter(state="done").count() == 2)
    assert set(ALL.values_list("attempts", flat=True)) == {1}
    queue(2)
    wire.mend()
    until(lambda: ALL.filter(state="done").count() == 4)
    assert "is back" in command.said
    assert command.code is None
