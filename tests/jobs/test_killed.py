"""Sixty small stimuli, while every second a process is killed: of the web, a worker, or its own."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.db import connection

from generation.models import StylisedImage
from generation.nst.recipe import Scale
from generation.services.stylise import enqueue
from jobs.models import Item
from storage.strays import remove_strays
from tests.generation.rows import make_clusters, make_contents, make_recipe
from tests.jobs.processes import ROOT, environment, free_port, is_alive

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

KILLS, LONGEST_S = 15, 300
# The database itself writes down what is committed.
_NOTE = {
    "sqlite": [
        "CREATE TRIGGER note_commit AFTER UPDATE OF state ON jobs_item WHEN NEW.state = 'done' "
        "BEGIN INSERT INTO committed (item) VALUES (NEW.id); END",
    ],
    "postgresql": [
        "CREATE FUNCTION note_commit() RETURNS trigger AS "
        "$$ BEGIN INSERT INTO committed (item) VALUES (NEW.id); RETURN NEW; END $$ "
        "LANGUAGE plpgsql",
        "CREATE TRIGGER note_commit AFTER UPDATE OF state ON jobs_item FOR EACH ROW "
        "WHEN (NEW.state = 'done') EXECUTE FUNCTION note_commit()",
    ],
}
_FORGET = {
    "sqlite": ["DROP TRIGGER note_commit", "DROP TABLE committed"],
    "postgresql": ["DROP FUNCTION note_commit() CASCADE", "DROP TABLE committed"],
}


@pytest.fixture
def committed() -> Iterator[None]:
    """A table of the items that were committed, one row each time."""
    _run("CREATE TABLE committed (item integer)", *_NOTE[connection.vendor])
    yield
    _run(*_FORGET[connection.vendor])


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def of_this_machine() -> list[list[str]]:
    """The web with a worker of its own, and another worker."""
    return [
        ["manage.py", "serve", "--port", str(free_port())],
        ["manage.py", "worker", "--batch-size", "2"],
    ]


def of_a_scheduler(port: int) -> list[list[str]]:
    """Two Dask workers, their scheduler, and two commands that hand batches to it."""
    worker = ["manage.py", "worker", "--engine", "dask", "--batch-size", "2"]
    dask_worker = [
        "-m", "dask", "worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--memory-limit", "0",
        "--no-dashboard", "--resources", "texturestudy=1",
    ]  # fmt: skip
    scheduler = ["-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port)]
    return [[*scheduler, "--no-dashboard"], dask_worker, dask_worker, worker, worker]


class House:
    """The processes of an installation."""

    def __init__(self, commands: list[list[str]], env: dict[str, str]) -> None:
        self._commands, self._env = commands, env
        self._seen: dict[int, psutil.Process] = {}
        self._roots: list[subprocess.Popen[bytes] | None] = [None] * len(self._commands)

    def keep_up(self) -> None:
        """Start what is not running, as whoever supervises an installation does."""
        for place, command in enumerate(self._commands):
            root = self._roots[place]
            if root is None or root.poll() is not None:
                self._roots[place] = subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, env=self._env,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        for root in self._roots:
            if root and psutil.pid_exists(root.pid):
                own = psutil.Process(root.pid)
                for each in (own, *own.children(recursive=True)):
                    self._seen[each.pid] = each
        return [each for each in self._seen.values() if is_alive(each)]

    def end(self) -> None:
        for each in self.processes():
            each.kill()
        for root in self._roots:
            if root:
                root.wait()


@contextmanager
def running(house: House) -> Iterator[House]:
    try:
        house.keep_up()
        yield house
    finally:
        house.end()


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_nothing_is_lost_and_nothing_is_committed_twice(settings, tmp_path, committed, engine):
    settings.MEDIA_ROOT = tmp_path / "media"
    recipe = make_recipe(scales=(Scale(size=32, iterations=25),))
    enqueue(contents=make_contents(20), recipes=[recipe], clusters=make_clusters(3))
    chooser = random.Random(7)
    killed, deadline = 0, time.monotonic() + LONGEST_S
    port = free_port()
    env = environment(
        tmp_path, TEXTURESTUDY_BATCH_SIZE="2", SLEEPERS_LEASE_S="60" if engine == "local" else "10",
        TEXTURESTUDY_DASK_SCHEDULER=f"tcp://127.0.0.1:{port}",
    )  # fmt: skip
    commands = of_this_machine() if engine == "local" else of_a_scheduler(port)
    with running(House(commands, env)) as house:
        while Item.objects.open().exists():
            assert time.monotonic() < deadline, Item.objects.counts()
            time.sleep(1)
            # Not before anything runs: starting takes longer than a second.
            if killed < KILLS and Item.objects.filter(attempts__gt=0).exists():
                chooser.choice(house.processes()).kill()
                killed += 1
            house.keep_up()
    assert killed == KILLS
    assert Item.objects.filter(attempts__gt=1).exists()
    counts = {"queued": 0, "leased": 0, "done": 60, "failed": 0, "cancelled": 0}
    assert Item.objects.counts() == counts, Item.objects.exclude(error="").first().error
    assert StylisedImage.objects.counts() == counts
    with connection.cursor() as cursor:
        cursor.execute("SELECT item FROM committed")
        items = [item for (item,) in cursor.fetchall()]
    assert len(items) == len(set(items)) == 60

    def stored() -> set[str]:
        return {path.stem for path in (tmp_path / "media/stylised").rglob("*.png")}

    hashes = set()
    for image in StylisedImage.objects.all():
        data = Path(image.file.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == image.sha256
        hashes.add(image.sha256)
    # Whoever is killed between file and row leaves the file, and the image that is made in another
    # batch instead need not be the same to the bit.
    assert len(stored() - hashes) <= 2 * KILLS
    remove_strays("stylised", older_than=timedelta())
    assert stored() == hashes
