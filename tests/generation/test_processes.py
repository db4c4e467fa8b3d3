"""The worker in real processes, on a database of its own, with some of them killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
WORKER = [sys.executable, "manage.py", "worker", "--batch-size", "2"]
_QUEUE = """
import django
django.setup()
from generation.nst.recipe import Scale
from generation.services.stylise import enqueue
from tests.generation.rows import make_clusters, make_contents, make_recipe
recipe = make_recipe(scales=(Scale(size=32, iterations={iterations}),))
enqueue(contents=make_contents(3), recipes=[recipe], clusters=make_clusters(1))
"""


class House:
    """A data folder with its database, and the processes that work in it."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "db.sqlite3"
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")},
            "TEXTURESTUDY_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "texturestudy.settings",
            "OMP_NUM_THREADS": "1",  # threads that wait for each other are slow on a busy machine
        }
        self.seen: dict[int, psutil.Process] = {}

    def start(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, **options)
        self.seen[process.pid] = psutil.Process(process.pid)
        return process

    def rows(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [
                dict(row)
                for row in connection.execute(
                    "SELECT j.*, s.sha256 FROM jobs_item j"
                    " JOIN generation_stylisedimage s ON s.item_id = j.id ORDER BY j.id"
                )
            ]

    def states(self) -> list[tuple[str, int]]:
        return [(row["state"], row["attempts"]) for row in self.rows()]

    def write(self, query: str) -> None:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            connection.execute(query)

    def computing(self, worker: int) -> psutil.Process | None:
        """The process that computes for a worker, once a batch has kept it busy for a moment."""
        if not psutil.pid_exists(worker):
            return None
        for child in psutil.Process(worker).children(recursive=True):
            self.seen[child.pid] = child
        if not any(row["state"] == "leased" for row in self.rows()):
            return None
        busy = [p for p in self.seen.values() if "spawn_main" in " ".join(_command(p))]
        return next((p for p in busy if p.cpu_times().user > 3), None)

    def left(self) -> list[psutil.Process]:
        return [p for p in self.seen.values() if p.is_running() and _command(p)]


def _command(process: psutil.Process) -> list[str]:
    """Its command line; nothing for one that is gone or only waits to be buried."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def until(found: Callable[[], Any], seconds: float = 120) -> Any:
    """What `found` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {found}")


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(tmp_path)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=house.env, check=True
    )
    yield house
    # A process that was told to end may need a moment for it.
    _, left = psutil.wait_procs(house.left(), timeout=20)
    for process in left:
        process.kill()
    assert left == []


def queue(house: House, iterations: int) -> None:
    code = _QUEUE.format(iterations=iterations)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=house.env, check=True)
    assert house.states() == [("queued", 0)] * 3


def test_a_killed_process_loses_nothing_and_makes_nothing_twice(house):
    queue(house, iterations=80)
    worker = house.start([*WORKER, "--until-empty"])
    until(lambda: house.computing(worker.pid)).kill()
    until(lambda: worker.poll() is not None)
    assert worker.returncode == 0
    assert house.states() == [("done", 2), ("done", 2), ("done", 1)]
    assert [row["fence"] for row in house.rows()] == [2, 2, 1]
    assert len({row["sha256"] for row in house.rows()}) == 3
    assert [row["error"] for row in house.rows()] == [""] * 3


def test_a_stop_gives_the_work_back_at_once(house):
    queue(house, iterations=9_999)
    worker = house.start(WORKER)
    until(lambda: house.computing(worker.pid))
    assert house.states() == [("leased", 1), ("leased", 1), ("queued", 0)]
    worker.send_signal(signal.SIGTERM)
    until(lambda: house.states() == [("queued", 0)] * 3, seconds=60)
    assert worker.wait(120) == 0
    until(lambda: not house.left(), seconds=60)


def test_a_worker_ends_with_its_parent_however_that_ends(house):
    queue(house, iterations=9_999)
    command = [*WORKER, "--with-parent"]
    code = f"import subprocess; print(subprocess.Popen({command!r}).pid, flush=True); input()"
    parent = house.start(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    worker = int(parent.stdout.readline())
    until(lambda: house.computing(worker))
    parent.kill()
    parent.communicate()
    until(lambda: house.states() == [("queued", 0)] * 3, seconds=60)
    until(lambda: not house.left(), seconds=60)


def test_a_killed_worker_takes_its_processes_with_it(house):
    queue(house, iterations=9_999)
    worker = house.start(WORKER)
    until(lambda: house.computing(worker.pid))
    worker.kill()
    worker.wait()
    until(lambda: not house.left(), seconds=60)
    # Its rows are still leased; whoever looks next sees that their owner is dead.
    code = "import django; django.setup();from jobs.services.leases import sweep; print(sweep())"
    swept = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=house.env)
    assert swept == b"2\n"
    assert house.states() == [("queued", 1), ("queued", 1), ("queued", 0)]
