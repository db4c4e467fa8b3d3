"""The results of a large study: `make bench-analysis`.

10,000 people who answered 72 questions each. Each database has a process, a folder and a database
of its own, which do not stay. *Cold* is the first time that a process shows the page of this study,
after it has shown another one; *warm* is the median of the next times. The peer reads the same
answers into a pandas DataFrame by the ORM and takes the accuracy of each word.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.survey import POSTGRES, postgres_database

if TYPE_CHECKING:
    from django.test import Client

    from survey.models import Study

PEOPLE = 10_000
WARM = 5
PAGES = (
    "", "words/", "words/fusafusa/", "contents/", "questions/", "questions/0/", "confusion/",
    "compatibility/", "machine/", "models/", "people/", "timing/", "sample-size/", "attribution/",
    "data/", "stamp/",
)  # fmt: skip


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def pages(client: Client, study: Study, other: Study) -> None:
    from analysis import frames

    person = study.participants.earliest("pk")
    print("| page | cold | warm |\n|---|---|---|")
    for page in (*PAGES, f"people/{person.pk}/"):
        client.get(f"/results/{other.slug}/{page.split(str(person.pk))[0]}")
        frames.forget()
        times = [seconds(lambda page=page: _get(client, study, page)) for _ in range(1 + WARM)]
        cold, warm = times[0], statistics.median(times[1:])
        name = page.replace(str(person.pk), "…") or "overview"
        print(f"| {name} | {1000 * cold:,.0f} ms | {1000 * warm:,.0f} ms |", flush=True)


def after_an_answer(client: Client, study: Study) -> None:
    """What the overview costs when one more answer came since it was shown."""
    from survey.models import Trial
    from tests.survey.studies import give, make_participant, next_trial

    person = make_participant(study)
    _get(client, study, "")
    times = []
    for _ in range(WARM):
        give(person, next_trial(person))
        times.append(seconds(lambda: _get(client, study, "")))
    Trial.objects.filter(participant=person).delete()
    person.delete()
    print(f"\noverview after one more answer: {1000 * statistics.median(times):,.0f} ms")


def mixed_model(study: Study) -> None:
    from analysis import frames
    from analysis.stats.mixed import mixed_model as fit

    answers = frames.counted(study).answers
    for contents in (False, True):
        took = seconds(lambda contents=contents: fit(answers, contents=contents))
        print(f"mixed model{' with contents' if contents else ''}: {took:.1f} s", flush=True)


def peer(study: Study) -> None:
    import pandas as pd

    from survey.models import Trial

    def read() -> None:
        rows = Trial.objects.answered().filter(participant__study=study, question__kind="word")
        table = pd.DataFrame(
            rows.values_list("participant_id", "question__word__reading", "chosen__is_target"),
            columns=["person", "word", "correct"],
        )
        table.groupby("word").correct.mean()

    print(f"a DataFrame by the ORM: {seconds(read):.1f} s", flush=True)


def export(slug: str) -> None:
    """In a process of its own, whose peak memory is the export's."""
    from analysis.exports import csvfile, tidy
    from survey.models import Study, Trial

    study = Study.objects.get(slug=slug)
    size = 0

    def write() -> None:
        nonlocal size
        rows = tidy.rows(study, Trial.objects.counted_in(study))
        size = sum(len(piece) for piece in csvfile.pieces(rows))

    took = seconds(write)
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1000
    print(
        f"CSV: {took:.1f} s, {size / 1e6:,.0f} MB written, peak memory {peak:,.0f} MB", flush=True
    )


def _get(client: Client, study: Study, page: str) -> None:
    response = client.get(f"/results/{study.slug}/{page}")
    if response.status_code != 200:
        raise SystemExit(f"{page}: expected 200, got {response.status_code}")


def measure(people: int) -> None:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from benchmarks.large_study import make_large_study
    from tests.analysis.factories import add_people
    from tests.survey.studies import make_study

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    study = make_large_study(people)
    other = make_study(slug="other")
    add_people(other, 12)
    client = Client()
    client.force_login(User.objects.create_superuser("researcher"))
    pages(client, study, other)
    after_an_answer(client, study)
    mixed_model(study)
    peer(study)
    _again("--export", study.slug)


def _again(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.analysis", *arguments], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", default=POSTGRES, help="a server where databases can be made")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--export", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure or given.export:
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "texturestudy.settings"
        django.setup()
        export(given.export) if given.export else measure(given.people)
        return
    for database in given.databases:
        print(f"\n### {database}, {given.people:,} people\n", flush=True)
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
            if database == "postgres":
                url = stack.enter_context(postgres_database(given.postgres))
            os.environ["TEXTURESTUDY_DATA_DIR"] = folder
            os.environ["TEXTURESTUDY_DATABASE_URL"] = url
            _again("--measure", "--people", str(given.people))


if __name__ == "__main__":
    main()
