"""Storages, databases and disks that go away for a while, and a worker that is frozen."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings as project
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from generation.models import Recipe, StylisedImage
from generation.nst.recipe import Scale
from generation.services.stylise import enqueue
from jobs.models import Item
from jobs.services import leases, work
from storage.address import storage_at
from tests.generation.rows import make_clusters, make_contents, make_recipe
from tests.storage.hosts import Host, cut_connections, database_url, needs_postgresql, until
from tests.storage.proxy import Proxy

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

# A worker that computes in its own process, and whose leases are short.
_QUICK = """
import django
django.setup()
from datetime import timedelta
from jobs.services import heartbeat, leases
leases.LEASE, heartbeat.BEAT = timedelta(seconds=3), timedelta(seconds=0.5)
from django.core.management import call_command
call_command("worker", engine="inline", batch_size=1{options})
"""


def queue(count: int, iterations: int = 25) -> None:
    recipe = make_recipe(scales=(Scale(size=32, iterations=iterations),))
    enqueue(contents=make_contents(count), recipes=[recipe], clusters=make_clusters(1))


def end_of_work(seconds: float = 180) -> None:
    """All is done, at the first attempt, and every stored image is whole."""
    until(lambda: not Item.objects.open().exists(), seconds)
    assert set(Item.objects.values_list("state", "attempts", "error")) == {("done", 1, "")}
    for image in StylisedImage.objects.all():
        with image.file.open() as file:
            assert hashlib.sha256(file.read()).hexdigest() == image.sha256


@pytest.fixture
def host(tmp_path) -> Iterator[list[Host]]:
    """Makes hosts, and ends them."""
    made: list[Host] = []

    def make(name: str = "host", **variables: str) -> Host:
        made.append(Host(tmp_path / name, **variables))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
def bucket_behind(buckets, bucket) -> Iterator[tuple[Proxy, str]]:
    """A proxy in front of the test's bucket, and the address of the bucket behind it."""
    proxy = Proxy(buckets.port)
    yield proxy, buckets.url(bucket, proxy.port)
    proxy.close()


def test_a_bucket_that_fails_for_a_while_is_waited_for(bucket_behind, host, client, settings):
    proxy, url = bucket_behind
    queue(6)
    worker = host(TEXTURESTUDY_STORAGE_URL=url)
    proxy.set("error")
    worker.start("worker", "--batch-size", "2")
    until(lambda: worker.said().count("for the storage") >= 2)
    storages = settings.STORAGES
    settings.STORAGES = storages | {"default": storage_at(url)}
    stored = StylisedImage.objects.first().content.file.url
    assert client.get(stored).status_code == 503
    proxy.set("pass")
    answer = client.get(stored)
    assert answer.status_code == 200
    answer.close()
    until(lambda: Item.objects.filter(state="done").exists())
    for mode in ("gone", "half answers", "error", "half requests"):
        proxy.set(mode)
        time.sleep(2)
        proxy.set("pass")
        time.sleep(1)
    settings.STORAGES = storages
    end_of_work()
    assert "goes on" in worker.said()
    assert "Traceback" not in worker.said()


@needs_postgresql
def test_connections_that_are_cut_again_and_again_cost_nothing(settings, tmp_path, host):
    settings.MEDIA_ROOT = tmp_path / "host/media"
    worker = host()
    queue(8)
    worker.start("worker", "--batch-size", "2")
    until(lambda: Item.objects.filter(state="leased").exists())
    cut = 0
    while Item.objects.open().exists() and cut < 20:
        cut += bool(cut_connections())
        time.sleep(0.7)
    end_of_work()
    assert cut > 3
    assert "Traceback" not in worker.said()


@needs_postgresql
def test_a_database_that_is_away_for_longer_than_a_lease_is_waited_for(settings, tmp_path, host):
    settings.MEDIA_ROOT = tmp_path / "one/media"
    proxy = Proxy(int(connection.settings_dict["PORT"] or 5432))
    url = database_url(proxy.port)
    one, two, command = (
        host(name, TEXTURESTUDY_DATABASE_URL=url) for name in ("one", "two", "command")
    )
    queue(1, iterations=400)
    one.start_code(_QUICK.format(options=""))
    until(lambda: Item.objects.filter(state="leased").exists(), seconds=60)
    two.start_code(_QUICK.format(options=""))
    command.start("stylise", "--recipe", Recipe.objects.get().name)
    until(lambda: _sessions() >= 3)
    until(lambda: "stylise on cpu" in command.said())
    proxy.set("gone")
    time.sleep(6)
    assert Item.objects.get().lease_until < timezone.now()
    proxy.set("pass")
    end_of_work()
    assert Item.objects.get().fence == 1
    assert "no sign of life was stored" in one.said()
    assert "The database is away" in two.said()
    assert "The database is away" in command.said()
    until(lambda: "1 done" in command.said())
    proxy.close()


def _sessions() -> int:
    """Of others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def small_disk(tmp_path, settings) -> Iterator[Path]:
    """A disk of half a megabyte, where the host has its files."""
    settings.MEDIA_ROOT = folder = tmp_path / "host/media"
    folder.mkdir(parents=True)
    folder.parent.rename(tmp_path / "aside")  # the host makes its own folder
    yield folder
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path, options: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount here")


def _stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _are_whole(files: list[Path]) -> bool:
    return all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in files)


def test_a_full_disk_is_waited_for_and_leaves_nothing_half(small_disk, host):
    worker = host()
    _mount(small_disk, "size=512k")
    queue(4)
    before = set(_stored(small_disk))
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(1 << 20))
    assert filler.stat().st_size > 0
    worker.start("worker", "--batch-size", "2")
    until(lambda: worker.said().count("No space left on device") >= 2)
    assert set(Item.objects.values_list("attempts", flat=True)) <= {0, 1}
    assert not Item.objects.exclude(error="").exists()
    assert set(_stored(small_disk)) == before | {filler}
    filler.unlink()
    end_of_work()
    assert len(_stored(small_disk)) == len(before) + 4
    assert _are_whole(_stored(small_disk))
    assert "Traceback" not in worker.said()


def test_a_disk_that_is_read_only_for_a_while_is_waited_for(small_disk, host):
    worker = host()
    _mount(small_disk, "size=512k")
    queue(2)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    worker.start("worker", "--batch-size", "2")
    until(lambda: worker.said().count("Read-only file system") >= 2)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    end_of_work()
    assert _are_whole(_stored(small_disk))


def test_a_frozen_worker_cannot_commit_when_it_wakes_up(settings, tmp_path, host):
    settings.MEDIA_ROOT = tmp_path / "host/media"
    worker = host()
    queue(1, iterations=300)
    process = worker.start_code(_QUICK.format(options=", until_empty=True"))
    until(lambda: Item.objects.filter(state="leased").exists(), seconds=60)
    busy = psutil.Process(process.pid)
    began = busy.cpu_times().user
    until(lambda: busy.cpu_times().user > began + 0.3)
    os.kill(process.pid, signal.SIGSTOP)
    item = Item.objects.get()
    assert (item.state, item.fence) == ("leased", 1)
    until(lambda: Item.objects.get().lease_until < timezone.now())
    assert leases.sweep() == 1
    batch, ids = leases.claim(limit=1)
    work.run(batch=batch, ids=ids)
    ended, image = Item.objects.values().get(), StylisedImage.objects.values().get()
    assert (ended["state"], ended["fence"], ended["attempts"]) == ("done", 2, 2)
    files = set(_stored(Path(project.MEDIA_ROOT)))
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(120) == 0
    assert Item.objects.values().get() == ended
    assert StylisedImage.objects.values().get() == image
    assert set(_stored(Path(project.MEDIA_ROOT))) == files
    assert default_storage.exists(image["file"])
    assert "Traceback" not in worker.said()
