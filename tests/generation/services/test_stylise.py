from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from PIL import Image

from generation.models import ClusterMember, ContentImage, Recipe, StylisedImage
from generation.nst.recipe import Recipe as NstRecipe
from generation.nst.recipe import Scale
from generation.services import leases
from generation.services import stylise as service
from generation.services.stylise import enqueue, finish, make, queue_again, save_recipe
from tests.generation.rows import (
    TINY,
    make_clusters,
    make_contents,
    make_queue,
    make_recipe,
    make_web_image,
)

pytestmark = pytest.mark.django_db

ALL = StylisedImage.objects


def spoil(content: ContentImage, data: bytes = b"no image any more") -> None:
    """Replace a content image's file, in a file of its own: others may show the same picture."""
    path = Path(content.file.path)
    spoilt = path.with_name(f"spoilt-{content.pk}.png")
    spoilt.write_bytes(data)
    content.file.name = str(Path(content.file.name).with_name(spoilt.name))
    ContentImage.objects.filter(pk=content.pk).update(file=content.file.name)


def make_claimed(limit: int, **options: Any) -> None:
    batch, ids = leases.claim(limit=limit)
    make(batch=batch, ids=ids, **options)


def test_a_recipe_is_stored_once_by_what_it_says():
    first = save_recipe(name="tiny", value=TINY)
    assert save_recipe(name="another name", value=TINY) == first
    assert Recipe.objects.get().name == "tiny"
    assert first.value == TINY
    assert first.sha256 == TINY.sha256


def test_queueing_again_adds_only_what_is_new():
    contents = make_contents(2)  # before there are recipes, so that nothing is queued yet
    clusters, recipe = make_clusters(2), make_recipe()
    enqueue(contents=contents[:1], recipes=[recipe])
    ALL.update(state="failed", error="as it was")
    enqueue(contents=contents, recipes=[recipe], priority=5)
    assert ALL.count() == 4
    assert list(ALL.order_by("pk").values_list("state", "priority", "error")) == [
        ("failed", 0, "as it was"),
        ("failed", 0, "as it was"),
        ("queued", 5, ""),
        ("queued", 5, ""),
    ]
    enqueue(contents=contents, recipes=[make_recipe(seed=1)], clusters=clusters[:1])
    assert ALL.count() == 6


def test_neighbours_in_the_queue_share_their_cluster():
    rows = make_queue(contents=3, clusters=2)
    assert [row.cluster.index for row in rows] == [0, 0, 0, 1, 1, 1]


def test_a_finished_image_is_stored_with_what_it_took():
    make_queue(contents=2)
    told: list[float] = []
    make_claimed(2, progress=told.append)
    assert sum(told) == pytest.approx(2)
    first, second = ALL.order_by("pk")
    assert first.sha256 != second.sha256
    for row in (first, second):
        with row.file.open() as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256
        assert row.file.name.startswith("stylised/")
        assert (row.state, row.width, row.height) == ("done", 32, 26)
        assert row.loss > 0
        assert row.seconds > 0
        assert row.device.endswith("float32")
        assert (row.batch, row.lease_until, row.owner, row.error) == (None, None, "", "")
        assert row.finished_at is not None
        assert row.attempts == 1


def test_a_broken_photograph_fails_alone_and_for_good():
    first, broken, third = make_queue()
    spoil(broken.content)
    make_claimed(3)
    assert [ALL.get(pk=row.pk).state for row in (first, broken, third)] == [
        "done",
        "failed",
        "done",
    ]
    broken.refresh_from_db()
    assert "UnidentifiedImageError" in broken.error
    assert broken.error.startswith("Traceback")
    assert (broken.attempts, broken.sha256, broken.batch) == (1, "", None)


def test_a_missing_file_fails_for_good():
    row = make_queue(contents=1)[0]
    ContentImage.objects.update(file="content/nono.png")
    make_claimed(1)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "FileNotFoundError" in row.error


def test_what_may_pass_is_tried_again_later(monkeypatch):
    row = make_queue(contents=1)[0]

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(service, "store_png", full)
    make_claimed(1)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 1)
    assert "No space left on device" in row.error
    assert row.not_before > timezone.now() + timedelta(seconds=20)


def test_a_worker_without_its_device_does_not_spoil_the_queue(settings):
    settings.NST_DEVICE = "cuda:99"
    make_queue(contents=2)
    make_claimed(2)
    assert list(ALL.values_list("state", flat=True)) == ["queued"] * 2
    assert "got 'cuda:99'" in ALL.first().error


def test_a_row_swept_in_the_middle_is_not_finished_by_who_lost_it():
    first, second = make_queue(contents=2)
    batch, ids = leases.claim(limit=2)

    def sweep_first(_: float) -> None:
        ALL.filter(pk=first.pk, state="leased").update(lease_until=timezone.now())
        leases.sweep()

    make(batch=batch, ids=ids, progress=sweep_first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.sha256, first.attempts) == ("queued", "", 1)
    assert second.state == "done"


@pytest.mark.parametrize("change", [{"fence": 7}, {"batch": "0" * 32}])
def test_a_result_of_a_stale_claim_changes_nothing(change):
    row = make_queue(contents=1)[0]
    batch, ids = leases.claim(limit=1)

    def overtake(_: float) -> None:
        ALL.filter(pk=row.pk).update(**change)

    make(batch=batch, ids=ids, progress=overtake)
    before = ALL.filter(pk=row.pk).values().get()
    assert (before["state"], before["sha256"], before["file"]) == ("leased", "", "")


def test_a_batch_that_was_swept_before_it_began_is_not_computed(monkeypatch):
    make_queue(contents=1)
    batch, ids = leases.claim(limit=1)
    ALL.update(lease_until=timezone.now())
    leases.sweep()
    monkeypatch.setattr(service, "_style", None)  # would be called
    make(batch=batch, ids=ids)
    assert ALL.get().state == "queued"


def test_a_removed_image_is_no_trouble():
    first, second = make_queue(contents=2)
    batch, ids = leases.claim(limit=2)
    first.delete()
    make(batch=batch, ids=ids)
    assert ALL.get().pk == second.pk
    assert ALL.get().state == "done"


def test_a_lost_lease_stops_the_computing(monkeypatch):
    """The heartbeat finds nothing to renew; the next step of the optimiser is the last."""
    make_queue(contents=1)
    recipe = make_recipe(scales=(Scale(size=32, iterations=9_999),))
    ALL.update(recipe=recipe)
    told: list[float] = []
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(leases, "renew", lambda _: told == [])
    make_claimed(1, progress=told.append)
    assert 0 < sum(told) < 0.5
    assert ALL.get().state == "leased"  # whoever has it now decides


def test_a_heartbeat_outlives_a_database_that_is_away(monkeypatch, caplog):
    make_queue(contents=1)
    beats = threading.Semaphore(0)

    def renew(_: object) -> bool:
        beats.release()
        raise OperationalError("database is locked")

    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.04))
    monkeypatch.setattr(leases, "renew", renew)
    batch, ids = leases.claim(limit=1)
    heard: list[bool] = []
    make(batch=batch, ids=ids, progress=lambda _: heard.append(beats.acquire(timeout=5)))
    assert heard == [True, True]
    assert ALL.get().state == "done"
    assert "database is locked" in caplog.text


def test_only_the_style_images_that_the_recipe_asks_for_are_used():
    row = make_queue(contents=1)[0]
    further = make_web_image(row.cluster.word, 9)
    ClusterMember.objects.create(cluster=row.cluster, web_image=further, rank=1, distance=1)
    style = service._style(row.cluster, NstRecipe(style_members=1))
    assert len(style.images) == len(style.weights) == 1
    with row.cluster.members.get(rank=0).web_image.file.open() as nearest:
        assert style.images[0].tobytes() == Image.open(nearest).convert("RGB").tobytes()


def test_failed_images_get_a_fresh_start():
    first, second, third = make_queue()
    ALL.filter(pk__in=[first.pk, second.pk]).update(
        state="failed", attempts=4, error="no memory", finished_at=timezone.now()
    )
    assert queue_again(rows=ALL.filter(pk__in=[first.pk, third.pk])) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, first.error, first.finished_at) == ("queued", 0, "", None)
    assert second.state == "failed"
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]


def test_finishing_makes_its_rows_and_no_others():
    rows = make_queue(contents=4)
    ALL.filter(pk=rows[3].pk).update(priority=10)
    told: list[tuple[float, float]] = []
    wanted = ALL.filter(pk__in=[row.pk for row in rows[:3]])
    finish(rows=wanted, batch_size=2, progress=lambda done, total: told.append((done, total)))
    assert wanted.counts() == {"queued": 0, "leased": 0, "done": 3, "failed": 0}
    assert ALL.get(pk=rows[3].pk).state == "queued"
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_finishing_waits_for_what_others_make(monkeypatch):
    mine, theirs = make_queue(contents=2)
    _, ids = leases.claim(limit=2, rows=ALL.filter(pk=theirs.pk))
    assert ids == [theirs.pk]
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        """While this process waits, the other one finishes."""
        assert ALL.get(pk=mine.pk).state == "done"
        pauses.append(seconds)
        if len(pauses) == 2:
            ALL.filter(pk=theirs.pk).update(
                state="done", sha256="a" * 64, batch=None, lease_until=None, owner=""
            )

    monkeypatch.setattr(service.time, "sleep", pause)
    finish(rows=ALL.all(), batch_size=4, progress=lambda *_: None)
    assert len(pauses) == 2


def test_finishing_takes_over_what_a_lost_worker_left():
    row = make_queue(contents=1)[0]
    leases.claim(limit=1)
    ALL.update(lease_until=timezone.now())
    finish(rows=ALL.all(), batch_size=4, progress=lambda *_: None)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 2)
