"""Processes of this machine, real ones."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from jobs.engines import Handle, load_engine
from jobs.engines.local import Engine

WAIT_S = 30


def note(batch: str, ids: list[int]) -> None:
    """A task that says where it is, and with what."""
    names = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX")
    said = " ".join([str(os.getpid()), *(os.environ.get(name, "-") for name in names)])
    raise RuntimeError(said)


def die(batch: str, ids: list[int]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def told(handle: Handle) -> list[str]:
    until(handle.done)
    assert not handle.is_lost()
    return handle.error().removeprefix("RuntimeError: ").split()


@pytest.fixture
def two_gpus(monkeypatch) -> Iterator[Engine]:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    engine = load_engine("local")
    yield engine
    engine.close()


def test_a_process_for_each_gpu_that_is_started_anew_with_the_same_one(two_gpus):
    assert [two_gpus.has_room(running) for running in (0, 1, 2)] == [True, True, False]
    both = [two_gpus.submit(note, name, []) for name in "ab"]
    before = {gpu: (pid, *more) for pid, gpu, *more in map(told, both)}
    assert set(before) == {"4", "7"}
    assert {tuple(more) for _pid, *more in before.values()} == {("1", "1")}

    killed = two_gpus.submit(die, "c", [])
    until(killed.done)
    assert killed.is_lost()
    assert not killed.is_adrift()
    assert "KilledWorker" in killed.error()

    until(lambda: len(two_gpus._client.scheduler_info()["workers"]) == 2)
    both = [two_gpus.submit(note, name, []) for name in "de"]
    after = {gpu: pid for pid, gpu, *_ in map(told, both)}
    assert set(after) == {"4", "7"}
    assert len(set(after.values()) - {pid for pid, *_ in before.values()}) == 1


def test_it_says_how_many_processes_it_would_have(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert Engine.examine() == "a process for each of 2 GPUs"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Engine.examine() == "one process"
