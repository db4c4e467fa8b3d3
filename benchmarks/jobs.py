"""The queue at 100,000 items: `make bench-jobs`.

One job of 100,000 items waits beside a finished one of as many. Times are medians: of claiming a
batch, of prolonging its lease, of a sweep, and of the admin's pages about jobs, as a server would
make them. The peer is a claim as simple as can be: one row by its primary key, locked and updated.
Then a process that computes is killed, and a whole worker, to see how long their item lies.

PostgreSQL has a database of its own, SQLite a folder, which do not stay.
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

import psutil

from benchmarks.survey import POSTGRES, postgres_database

ITEMS, BATCH, TIMES, KILLS, RETRIED = 100_000, 32, 100, 5, 10_000


def milliseconds(do: Callable[[], object], times: int) -> float:
    """The median of so many times, after one that is not counted."""
    do()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e3


def fill(count: int) -> None:
    from django.utils import timezone

    from jobs import kinds
    from jobs.models import Item
    from jobs.services.ask import Wanted, ask

    kinds.register(kinds.Kind("test", "a benchmark", lambda _: None, together=None))
    for done in (True, False):
        job = ask(
            kind="test",
            items=[
                Wanted(
                    key=f"{done}-{n}", label=f"item {n}", group=str(n % 3), part=f"photo {n % 23}"
                )
                for n in range(count)
            ],
        )
        if done:
            now = timezone.now()
            job.items.update(state="done", started_at=now, finished_at=now)
    assert Item.objects.count() == 2 * count


def retry_failed(count: int) -> float:
    """Trying so many failed items again, in ms, as the button of a job's page does."""
    from jobs.models import Item
    from jobs.services.ask import retry

    ids = list(Item.objects.filter(state="queued").values_list("pk", flat=True)[:count])
    failed = Item.objects.filter(pk__gte=min(ids), pk__lte=max(ids), state="queued")
    failed.update(state="failed", error="for a benchmark")
    start = time.perf_counter()
    assert retry(Item.objects.filter(state="failed")) == count
    return (time.perf_counter() - start) * 1e3


def bare_claim() -> None:
    from django.db import transaction

    from jobs.models import Item

    with transaction.atomic():
        item = Item.objects.select_for_update().get(pk=1)
        Item.objects.filter(pk=item.pk).update(attempts=1)


def redelivery() -> dict[str, float]:
    """From killing a process until what it did is handed out again: the median, in ms.

    Two workers with a process each; one image is made for as long as this takes.
    """
    from generation.nst.recipe import Scale
    from generation.services.stylise import enqueue
    from jobs.models import Item
    from jobs.services.ask import cancel
    from tests.generation.rows import make_clusters, make_contents, make_recipe

    cancel(Item.objects.all())
    recipe = make_recipe(scales=(Scale(size=256, iterations=10_000),))
    enqueue(contents=make_contents(1), recipes=[recipe], clusters=make_clusters(1))
    item = Item.objects.get(kind="stylise")
    command = [sys.executable, "manage.py", "worker", "--batch-size", "1"]
    workers = [subprocess.Popen(command) for _ in range(2)]
    taken: dict[str, list[float]] = {"process that computes": [], "worker": []}
    try:
        for name in [*taken] * KILLS:
            process = _computing([worker.pid for worker in workers])
            if name == "worker":
                process = process.parent() or process
            item.refresh_from_db()
            start = time.perf_counter()
            process.kill()
            while Item.objects.get(pk=item.pk).fence == item.fence:
                time.sleep(0.01)
            taken[name].append(time.perf_counter() - start)
            Item.objects.filter(pk=item.pk).update(attempts=1)
            workers = [w if w.poll() is None else subprocess.Popen(command) for w in workers]
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    return {
        f"killed {name}, until its item is leased again": statistics.median(each) * 1e3
        for name, each in taken.items()
    }


def _computing(workers: list[int]) -> psutil.Process:
    """The process that has computed for a while, a child of a worker."""
    while True:
        for worker in filter(psutil.pid_exists, workers):
            for child in psutil.Process(worker).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "spawn_main" in " ".join(child.cmdline()) and child.cpu_times().user > 4:
                        return child
        time.sleep(0.1)


def measure(count: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "texturestudy.settings"
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from jobs.models import Job
    from jobs.services import leases

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    fill(count)
    filled = (time.perf_counter() - start) / 2
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    claimed = [leases.claim(limit=BATCH) for _ in range(TIMES)]
    rows = {
        f"queue {count:,} items": filled * 1e3,
        "bare claim of one row": milliseconds(bare_claim, TIMES),
        f"claim {BATCH}": milliseconds(lambda: leases.claim(limit=BATCH), TIMES),
        f"renew {BATCH}": milliseconds(lambda: leases.renew(claimed[0][0]), TIMES),
        "sweep": milliseconds(leases.sweep, TIMES),
    }
    admin = Client()
    admin.force_login(get_user_model().objects.create_superuser("admin"))
    job = Job.objects.order_by("pk").last()
    pages = {
        "list of jobs": "/admin/jobs/job/",
        "page of the job": f"/admin/jobs/job/{job.pk}/change/",
        "what moves of it": f"/admin/jobs/job/{job.pk}/progress/",
        "page of the finished job": f"/admin/jobs/job/{job.pk - 1}/change/",
        "list of its items": f"/admin/jobs/item/?job__id__exact={job.pk}",
    }
    for name, path in pages.items():
        assert admin.get(path, headers={"host": "localhost"}).status_code == 200
        rows[name] = milliseconds(lambda p=path: admin.get(p, headers={"host": "localhost"}), 20)
    rows[f"try {RETRIED:,} failed items again"] = retry_failed(RETRIED)
    rows |= redelivery()
    for name, taken in rows.items():
        print(f"| {connection.vendor} | {name} | {taken:,.1f} ms |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", default=POSTGRES, help="a server where databases can be made")
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.items)
        return
    print("| database | what | median |\n|---|---|---|", flush=True)
    for database in ("postgres", "sqlite"):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
            if database == "postgres":
                url = stack.enter_context(postgres_database(given.postgres))
            others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
            env = others | {"TEXTURESTUDY_DATA_DIR": folder, "TEXTURESTUDY_DATABASE_URL": url}
            command = [sys.executable, "-m", "benchmarks.jobs", "--measure"]
            subprocess.run([*command, "--items", str(given.items)], env=env, check=True)


if __name__ == "__main__":
    main()
