"""Sixty small stimuli, while every second a process is killed: of the web, a worker, or its own."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.db import connection

from generation.models import StylisedImage
from generation.nst.recipe import Scale
from generation.services.stylise import enqueue
from jobs.models import Item
from tests.generation.rows import make_clusters, make_contents, make_recipe

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
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


class House:
    """The processes of an installation: the web with a worker of its own, and another worker."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._commands = [["serve", "--port", str(port)], ["worker", "--batch-size", "2"]]
        others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
        self._env = others | {
            "TEXTURESTUDY_DATA_DIR": str(folder), "TEXTURESTUDY_DATABASE_URL": _address(),
            "TEXTURESTUDY_BATCH_SIZE": "2", "OMP_NUM_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "texturestudy.settings",
        }  # fmt: skip
        self._seen: dict[int, psutil.Process] = {}
        self._roots: list[subprocess.Popen[bytes] | None] = [None] * len(self._commands)

    def keep_up(self) -> None:
        """Start what is not running, as whoever supervises an installation does."""
        for place, command in enumerate(self._commands):
            root = self._roots[place]
            if root is None or root.poll() is not None:
                self._roots[place] = subprocess.Popen(
                    [sys.executable, "manage.py", *command], cwd=ROOT, env=self._env,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        for root in self._roots:
            if root and psutil.pid_exists(root.pid):
                own = psutil.Process(root.pid)
                for each in (own, *own.children(recursive=True)):
                    self._seen[each.pid] = each
        return [each for each in self._seen.values() if _is_alive(each)]

    def end(self) -> None:
        for each in self.processes():
            each.kill()
        for root in self._roots:
            if root:
                root.wait()


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _address() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    user = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgres://{user}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


@contextmanager
def running(folder: Path) -> Iterator[House]:
    house = House(folder)
    try:
        house.keep_up()
        yield house
    finally:
        house.end()


def test_nothing_is_lost_and_nothing_is_committed_twice(settings, tmp_path, committed):
    settings.MEDIA_ROOT = tmp_path / "media"
    recipe = make_recipe(scales=(Scale(size=32, iterations=25),))
    enqueue(contents=make_contents(20), recipes=[recipe], clusters=make_clusters(3))
    chooser = random.Random(7)
    killed, deadline = 0, time.monotonic() + LONGEST_S
    with running(tmp_path) as house:
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
    hashes = set()
    for image in StylisedImage.objects.all():
        data = Path(image.file.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == image.sha256
        hashes.add(image.sha256)
    assert {path.stem for path in (tmp_path / "media/stylised").rglob("*.png")} == hashes
