"""The questionnaire under load, as it is served: `make bench-survey`.

Simulated people answer a study of 3 photographs and 23 words (72 questions of 9 images, three of
them catch questions) through the real pages, without a pause to think, on a server as
`manage.py serve` starts it; they share its cores. Times are from sending an answer to its
acknowledgement. Before each run the same server answers as many people with almost nothing to do
(/healthz: one SELECT 1): machines are now quick, now slow, and the ratio to that says more. In one
run all of the server's processes are killed at once and started again, five times.

Each database has a process, a folder and a database of its own, which do not stay.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from survey.models import Study
    from texturestudy.serving import Server

POSTGRES = "postgres://postgres@127.0.0.1:5432"
CONTENTS, WORDS, CLUSTERS, SIZE = 3, 23, 3, 512
FEW, MANY, KILLS, CLUMSY = 60, 300, 5, 0.3
# A run: how many people come at the same time, which share of them is clumsy, kills.
RUNS = {
    "postgres": [(FEW, 0.0, 0), (FEW, CLUMSY, 0), (MANY, 0.0, 0), (FEW, CLUMSY, KILLS)],
    "sqlite": [(FEW, 0.0, 0), (FEW, CLUMSY, KILLS)],
}
WARM = 4
BARE_S = 4.0
COLUMNS = {
    "database": "{database}",
    "people at a time": "{participants}",
    "clumsy": "{clumsy:.0%}",
    "kills": "{kills}",
    "answers": "{answers_sent:,}",
    "a second": "{answers_per_second:.0f}",
    "bare requests": "{bare:.0f}",
    "ratio": "{ratio:.2f}",
    "p50": "{p50_ms:.0f} ms",
    "p95": "{p95_ms:.0f} ms",
    "p99": "{p99_ms:.0f} ms",
    "lost": "{lost}",
    "doubled": "{doubled}",
    "sent again": "{retries}",
    "locked": "{locked}",
    "queries an answer": "{queries}",
}


def picture(number: int) -> bytes:
    """A PNG of a few KB, unlike every other: a gradient from one colour to another."""
    gradient = Image.linear_gradient("L").resize((SIZE, SIZE)).rotate(90 * (number % 4))
    dark, bright = (f"hsl({137 * number % 360}, 70%, {light}%)" for light in (20, 80))
    file = io.BytesIO()
    ImageOps.colorize(gradient, dark, bright).save(file, "PNG")
    return file.getvalue()


def make_stimuli() -> None:
    from generation.services.words import read_words
    from tests import factories

    words = [(row.text, row.reading) for row in read_words()[:WORDS]]
    with (
        mock.patch.object(factories, "WORDS", words),
        mock.patch.object(factories, "png", lambda seed, *_: picture(seed)),
    ):
        factories.make_stimuli(contents=CONTENTS, words=WORDS, clusters=CLUSTERS)


def queries_per_answer(study: Study) -> int:
    """Of the answer that the page's script sends, without the transaction's own commands."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from tests.survey.studies import client_of, make_participant, next_trial

    person = make_participant(study, origin="preview")
    client, path = client_of(person), reverse("survey:question", args=[study.slug])
    headers = {"accept": "application/json", "host": "localhost"}
    for _ in range(2):  # the first one also reads what a process keeps
        form = {"trial": str(next_trial(person).token), "position": 0}
        with CaptureQueriesContext(connection) as captured:
            reply = client.post(path, form, headers=headers)
        if not reply.json()["stored"]:
            raise SystemExit(f"expected a stored answer, got: {reply.content.decode()}")
    person.delete()
    commands = ("BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(commands) for query in captured.captured_queries)


def bare_requests(url: str, people: int) -> float:
    """How many almost empty requests a second the server answers to this many at once."""
    from survey.simulation.wire import Line, Site

    site = Site.at(url)
    request = f"GET /healthz HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode()
    end = time.perf_counter() + BARE_S

    def ask() -> int:
        line, count = Line(site), 0
        while time.perf_counter() < end:
            line.send(request)
            if line.receive().status != 200:
                raise SystemExit("expected /healthz to answer with 200")
            count += 1
        line.close()
        return count

    with ThreadPoolExecutor(people) as pool:
        asking = [pool.submit(ask) for _ in range(people)]
        return sum(each.result() for each in asking) / BARE_S


class Killer:
    """Kills the server when a part of the answers is there, `kills` times in equal steps."""

    def __init__(self, server: Server, kills: int, answers: int) -> None:
        self._server, self._kills, self._answers = server, kills, answers
        self._told = 0
        self.done = 0
        self._over = threading.Event()

    def tell(self, answers: int) -> None:
        self._told += answers

    def _run(self) -> None:
        for number in range(1, self._kills + 1):
            while self._told < self._answers * number / (self._kills + 1):
                if self._over.wait(0.005):
                    return
            self._server.end(signal.SIGKILL)
            self._server.start()
            self.done = number

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def measure(database: str, scale: float) -> None:
    """The rows of one database, whose address the environment has."""
    import django
    from django.core.management import call_command

    os.environ["DJANGO_SETTINGS_MODULE"] = "texturestudy.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    make_stimuli()

    from survey.simulation import simulate
    from tests.survey.studies import make_study
    from texturestudy.serving import Server

    queries = queries_per_answer(make_study(slug="queries"))
    with tempfile.TemporaryFile("w+") as log, contextlib.ExitStack() as stack:
        server = Server(log)
        stack.callback(server.end)
        server.start()
        for number, (most, clumsy, kills) in enumerate(RUNS[database]):
            people = max(1, round(most * scale))
            study = make_study(slug=f"run-{number}")
            given = {"url": server.url, "seed": number, "skills": {}, "clumsy": clumsy}
            # Each process reads the study before the clock runs.
            warm = make_study(slug=f"warm-{number}")
            simulate(study=warm, participants=WARM, concurrency=WARM, **given)
            bare = bare_requests(server.url, people)
            killer = Killer(server, kills, people * study.questions_per_person())
            with killer.at_work():
                result = simulate(
                    study=study, participants=people, concurrency=people,
                    progress=killer.tell, **given,
                )  # fmt: skip
            log.seek(0)
            said = log.read()
            row = {
                "database": database, "clumsy": clumsy, "kills": killer.done,
                "bare": bare, "ratio": result.answers_per_second / bare,
                "queries": queries, "locked": said.count("database is locked"),
                **result.to_json(),
            }  # fmt: skip
            print("| " + " | ".join(text.format(**row) for text in COLUMNS.values()) + " |")
            sys.stdout.flush()
            sys.stderr.write(said)
            log.seek(0)
            log.truncate()


@contextlib.contextmanager
def postgres_database(url: str) -> Iterator[str]:
    """The address of a new database on this server, for as long as the block."""
    import psycopg

    name = f"texturestudy_bench_{os.getpid()}"
    try:
        server = psycopg.connect(f"{url}/postgres", autocommit=True)
    except psycopg.OperationalError as error:
        raise SystemExit(f"no PostgreSQL at {url}, see --postgres: {error}") from error
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def in_its_own_process(database: str, url: str, folder: str, scale: float) -> None:
    others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
    env = others | {"TEXTURESTUDY_DATA_DIR": folder, "TEXTURESTUDY_DATABASE_URL": url}
    command = [sys.executable, "-m", "benchmarks.survey", "--measure", database]
    subprocess.run([*command, "--scale", str(scale)], env=env, check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", default=POSTGRES, help="a server where databases can be made")
    parser.add_argument("--databases", nargs="+", choices=RUNS, default=list(RUNS))
    parser.add_argument("--scale", type=float, default=1.0, help="0.1: a tenth of the people")
    parser.add_argument("--measure", choices=RUNS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure, given.scale)
        return
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    for database in given.databases:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
            if database == "postgres":
                url = stack.enter_context(postgres_database(given.postgres))
            in_its_own_process(database, url, folder, given.scale)


if __name__ == "__main__":
    main()
