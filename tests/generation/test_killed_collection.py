"""A collection in real processes, each killed on its way, and then one that ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.generation.fakes.providers import CONTACT, Providers, served
from tests.generation.fakes.web import Web, serving
from tests.generation.test_processes import until

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
URL = "TEXTURESTUDY_DATABASE_URL"
COLLECT = ["manage.py", "collect", "--limit", "90"]
ROBOTS = "User-agent: *\nAllow: /\n"
_WORDS = """
import django
django.setup()
from django.core.management import call_command
from generation.models import Word
call_command("migrate", verbosity=0)
Word.objects.create(text="ふさふさ", reading="fusafusa", phrases={"en": ["fur"]})
"""
# Flushing a file waits for an address that never answers.
_FLUSHING = """
import os, sys, urllib.request
from django.core.management import execute_from_command_line
url = sys.argv.pop(1)
os.fsync = lambda _: urllib.request.urlopen(url).read()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "texturestudy.settings")
execute_from_command_line(sys.argv[1:])
"""
# What differs between the results of Openverse, by their numbers.
ODD = {
    3: "/status/404", 5: "/html.jpg", 7: "/copy/1.jpg", 8: "/copy/2.jpg", 11: "/smaller/10",
    20: "/truncated.jpg", 33: "/copy/3.jpg", 36: "/smaller/35", 38: "/status/500",
}  # fmt: skip


@dataclass(frozen=True)
class Fakes:
    """The web, and a server for each of the two providers that are asked by default."""

    web: Web
    openverse: Providers
    commons: Providers

    def environment(self) -> dict[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
        return others | {
            "TEXTURESTUDY_OPENVERSE_URL": self.openverse.settings("openverse")["url"],
            "TEXTURESTUDY_COMMONS_URL": self.commons.settings("commons")["url"],
            "TEXTURESTUDY_CONTACT": CONTACT,
            "TEXTURESTUDY_FETCH_ALLOW": self.web.netloc,
            "TEXTURESTUDY_FETCH_POLITE": "0",
            "DJANGO_SETTINGS_MODULE": "texturestudy.settings",
            "OMP_NUM_THREADS": "1",
        }


@dataclass(frozen=True)
class House:
    """A data folder, its database, and the processes that work with both."""

    folder: Path
    url: str
    env: dict[str, str]

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        env = self.env | {"TEXTURESTUDY_DATA_DIR": str(self.folder), URL: self.url}
        return subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, *command: str) -> str:
        process = self.start(*command)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return said.decode()

    def killed(self, reached: threading.Event, *command: str, ready: Callable[[], bool]) -> None:
        """Kill it once a server has `reached` the forced moment, and the rest is `ready`."""
        process = self.start(*command)
        try:
            until(lambda: reached.is_set() and ready())
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()
        reached.clear()

    def rows(self, query: str) -> list[dict[str, Any]]:
        with opened(self.url) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def images(self) -> dict[str, dict[str, Any]]:
        """Every row by its address, without what is a number or the time of this database."""
        rows = self.rows("SELECT * FROM generation_webimage")
        urls = {row["id"]: row["url"] for row in rows}
        for row in rows:
            row["duplicate_of"] = urls.get(row.pop("duplicate_of_id"))
            for name in ("id", "search_id", "collected_at"):
                del row[name]
        return {row["url"]: row for row in rows}

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows("SELECT state FROM generation_webimage")]

    def files(self) -> set[str]:
        media = self.folder / "media"
        return {str(p.relative_to(media)) for p in media.rglob("*") if p.is_file()}

    def half_written(self) -> list[str]:
        return [name for name in self.files() if "/.writing-" in name]


@contextmanager
def opened(url: str) -> Iterator[Any]:
    if url.startswith("sqlite"):
        import sqlite3

        connection: Any = sqlite3.connect(urlsplit(url).path, timeout=20)
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    with ExitStack() as stack:
        web = stack.enter_context(serving(ROBOTS))
        url = web.url
        openverse = served(count=70, image_url=lambda n: url(ODD.get(n, f"/picture/{n}")))
        commons = served(count=70, image_url=lambda n: url(f"/picture/{500 + n}"))
        yield Fakes(web, stack.enter_context(openverse), stack.enter_context(commons))


@pytest.fixture
def houses(tmp_path, fakes) -> Iterator[tuple[House, House]]:
    """Two that have the same word, each with a database of its own."""
    server = os.environ.get(URL, "sqlite:")
    names = [f"killed_{os.getpid()}_{number}" for number in range(2)]
    folders = [tmp_path / name for name in names]
    for folder in folders:
        folder.mkdir()
    if server.startswith("sqlite:"):
        urls = [f"sqlite:///{folder / 'db.sqlite3'}" for folder in folders]
    else:
        urls = [urlsplit(server)._replace(path=f"/{name}").geturl() for name in names]
    one, other = [
        House(folder, url, fakes.environment()) for folder, url in zip(folders, urls, strict=True)
    ]
    if server.startswith("sqlite:"):
        one.run("-c", _WORDS)
        shutil.copy(folders[0] / "db.sqlite3", folders[1])
        yield one, other
        return
    with opened(server) as connection:
        try:
            connection.execute(f"CREATE DATABASE {names[0]}")
            one.run("-c", _WORDS)
            connection.execute(f"CREATE DATABASE {names[1]} TEMPLATE {names[0]}")
            yield one, other
        finally:
            for name in names:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_a_collection_killed_five_times_ends_as_one_that_ran_through(fakes, houses):
    killed, whole = houses
    web = fakes.web

    # The provider's pages are answered, and nothing is fetched yet.
    web.held = "/robots.txt"
    killed.killed(web.reached, *COLLECT, ready=lambda: True)
    assert set(killed.states()) == {"queued"}

    # The body of an image is half sent, and all the others have files without rows.
    web.held = "/picture/0"
    killed.killed(web.reached, *COLLECT, ready=lambda: len(killed.files()) >= 37)
    assert set(killed.states()) == {"queued"}

    # Some rows are written, and the others have files.
    web.held = "/picture/40"
    killed.killed(web.reached, *COLLECT, ready=lambda: killed.states().count("ok") >= 20)
    assert killed.states().count("queued") > 0

    # One provider's images are there, and the other is being asked.
    web.held, fakes.commons.held = "", True
    killed.killed(fakes.commons.reached, *COLLECT, ready=lambda: True)
    assert {row["provider"] for row in killed.images().values()} == {"openverse"}
    fakes.commons.held = False

    # Files are written, and none is whole.
    web.held = "/copy/9.jpg"
    flushing = ["-c", _FLUSHING, web.url(web.held), *COLLECT]
    killed.killed(web.reached, *flushing, ready=lambda: len(killed.half_written()) > 0)
    assert killed.half_written()

    web.held = ""
    ended = killed.run(*COLLECT)
    through = whole.run(*COLLECT)
    images = whole.images()
    assert killed.images() == images
    assert killed.rows(_SEARCHES) == whole.rows(_SEARCHES)
    assert killed.files() == whole.files() == {i["file"] for i in images.values()} - {""}
    assert {i["state"] for i in images.values()} == {"ok", "gone", "failed", "rejected", "queued"}
    assert sum(i["duplicate_of"] is not None for i in images.values()) == 4
    assert "90 kept, 0 known before" in through
    assert "kept" in ended


_SEARCHES = "SELECT provider, query, pages, found, ended FROM generation_search ORDER BY provider"
