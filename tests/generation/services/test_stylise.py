from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image

from generation.models import ClusterMember, ContentImage, Recipe, StylisedImage
from generation.nst import vgg
from generation.nst.recipe import Recipe as NstRecipe
from generation.nst.recipe import Scale
from generation.nst.weights import load_weights
from generation.services import stylise as service
from generation.services.contents import add_content
from generation.services.stylise import enqueue, save_recipe
from jobs.models import Item, Job
from jobs.services import batch as batch_module
from jobs.services import heartbeat, leases
from jobs.services.work import finish, run
from tests.generation.pictures import noise
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
    run(batch=batch, ids=ids, **options)


def test_a_recipe_is_stored_once_by_what_it_says():
    first = save_recipe(name="tiny", value=TINY)
    assert save_recipe(name="another name", value=TINY) == first
    assert Recipe.objects.get().name == "tiny"
    assert first.value == TINY
    assert first.sha256 == TINY.sha256


def test_queueing_again_adds_only_what_is_new():
    contents = make_contents(2)  # before there are recipes, so that nothing is queued yet
    clusters, recipe = make_clusters(2), make_recipe()
    job = enqueue(contents=contents[:1], recipes=[recipe])
    assert (job.about, job.counts["queued"]) == ("content0", 2)
    Item.objects.update(state="failed", error="as it was")
    enqueue(contents=contents, recipes=[recipe], priority=5)
    assert enqueue(contents=contents, recipes=[recipe], priority=9) is None
    assert ALL.count() == 4
    kept = ALL.order_by("pk").values_list("item__state", "item__priority", "item__error")
    assert list(kept) == [
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


def test_a_batch_is_of_one_shape():
    contents = make_contents(2)
    flat, tall = contents[0], add_content(name="tall", image=noise(9, 32, 40))
    alike = add_content(name="alike", image=noise(10, 80, 64))  # twice as large, of one shape
    recipe = make_recipe()
    enqueue(contents=[flat, tall, alike], recipes=[recipe], clusters=make_clusters(2))
    batches = []
    while ids := leases.claim(limit=8)[1]:
        batches.append([*Item.objects.filter(pk__in=ids).values_list("part", flat=True)])
    assert batches == [["content0", "alike"] * 2, ["tall"] * 2]


def test_a_process_loads_its_network_once(monkeypatch):
    vgg._load.cache_clear()
    built = []
    monkeypatch.setattr(vgg, "load_weights", lambda *a: built.append(a) or load_weights(*a))
    make_queue(contents=3)
    for _ in range(3):
        make_claimed(1)
    assert Item.objects.counts()["done"] == 3
    assert len(built) == 1


def test_a_row_says_how_far_it_is(monkeypatch):
    make_queue(contents=2)
    seen = []

    def look(_: float) -> None:
        seen.append(sorted(Item.objects.values_list("stage", "done", "total")))

    monkeypatch.setattr(batch_module, "_PAUSE", 0)
    make_claimed(2, told=look)
    assert [("stylise", 1, 2)] * 2 in seen


def test_a_finished_image_is_stored_with_what_it_took():
    make_queue(contents=2)
    told: list[float] = []
    make_claimed(2, told=told.append)
    assert sum(told) == pytest.approx(2)
    first, second = ALL.order_by("pk")
    assert first.sha256 != second.sha256
    for row in (first, second):
        with row.file.open() as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256
        assert row.file.name.startswith("stylised/")
        assert (row.state, row.width, row.height) == ("done", 32, 26)
        assert row.item.state == "done"
        assert row.loss > 0
        assert row.seconds > 0
        assert row.device.endswith("float32")
        assert row.finished_at is not None


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
    assert "cannot identify image file" in broken.item.reason
    assert "Traceback" in broken.item.error
    assert (broken.item.attempts, broken.sha256) == (1, "")


def test_a_missing_file_fails_for_good():
    row = make_queue(contents=1)[0]
    ContentImage.objects.update(file="content/nono.png")
    make_claimed(1)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "FileNotFoundError" in row.item.error


def test_what_may_pass_is_tried_again_later(monkeypatch):
    row = make_queue(contents=1)[0]

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(service, "store_png", full)
    make_claimed(1)
    row.refresh_from_db()
    assert (row.state, row.item.attempts) == ("queued", 1)
    assert row.item.reason == "OSError: No space left on device"
    assert row.item.not_before > timezone.now() + timedelta(seconds=20)


def test_a_worker_without_its_device_does_not_spoil_the_queue(settings):
    settings.NST_DEVICE = "cuda:99"
    make_queue(contents=2)
    make_claimed(2)
    assert list(ALL.values_list("item__state", flat=True)) == ["queued"] * 2
    assert "got 'cuda:99'" in ALL.first().item.reason


def test_a_row_swept_in_the_middle_is_not_finished_by_who_lost_it():
    first, second = make_queue(contents=2)
    batch, ids = leases.claim(limit=2)

    def sweep_first(_: float) -> None:
        items = Item.objects.filter(stylised=first, state="leased")
        items.update(lease_until=timezone.now())
        leases.sweep()

    run(batch=batch, ids=ids, told=sweep_first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.sha256, first.item.attempts) == ("queued", "", 1)
    assert second.state == "done"


def test_a_removed_image_is_no_trouble():
    first, second = make_queue(contents=2)
    batch, ids = leases.claim(limit=2)
    first.delete()
    run(batch=batch, ids=ids)
    assert ALL.get().pk == second.pk
    assert ALL.get().state == "done"


def test_a_lost_lease_stops_the_computing(monkeypatch):
    """The heartbeat finds nothing to renew; the next step of the optimiser is the last."""
    make_queue(contents=1)
    recipe = make_recipe(scales=(Scale(size=32, iterations=9_999),))
    ALL.update(recipe=recipe)
    told: list[float] = []
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(seconds=0.05))
    monkeypatch.setattr(leases, "renew", lambda _: told == [])
    make_claimed(1, told=told.append)
    assert 0 < sum(told) < 0.5
    assert ALL.get().state == "leased"  # whoever has it now decides


def test_only_the_style_images_that_the_recipe_asks_for_are_used():
    row = make_queue(contents=1)[0]
    further = make_web_image(row.cluster.word, 9)
    ClusterMember.objects.create(cluster=row.cluster, web_image=further, rank=1, distance=1)
    style = service._style(row.cluster, NstRecipe(style_members=1))
    assert len(style.images) == len(style.weights) == 1
    with row.cluster.members.get(rank=0).web_image.file.open() as nearest:
        assert style.images[0].tobytes() == Image.open(nearest).convert("RGB").tobytes()


def test_an_image_that_lost_its_item_is_queued_again():
    first, second = make_queue(contents=2)
    Job.objects.all().delete()
    assert [row.state for row in ALL.all()] == ["cancelled", "cancelled"]
    job = enqueue(contents=[first.content, second.content], recipes=[first.recipe])
    assert job.counts["queued"] == 2
    assert [row.state for row in ALL.all()] == ["queued", "queued"]
    assert ALL.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_queue_the_same_at_the_same_moment_queue_it_once():
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: nobody can queue in the middle of it")
    contents, recipe = make_contents(2), make_recipe()
    make_clusters(3)
    barrier = threading.Barrier(3)

    def press(chosen: list[ContentImage]) -> None:
        barrier.wait()
        enqueue(contents=chosen, recipes=[recipe])
        connection.close()

    threads = [
        threading.Thread(target=press, args=[chosen])
        for chosen in (contents, contents[:1], contents[::-1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ALL.count() == Item.objects.count() == 6
    assert all(image.state == "queued" for image in ALL.select_related("item"))


def test_states_are_counted():
    made, failed, gone, _ = make_queue(contents=4)
    make_claimed_one(made)
    Item.objects.filter(stylised=failed).update(state="failed")
    ALL.filter(pk=gone.pk).update(item=None)
    counts = {"queued": 1, "leased": 0, "done": 1, "failed": 1, "cancelled": 1}
    assert ALL.counts() == counts
    assert list(ALL.done()) == [made]
    assert ALL.unfinished().count() == 1


def make_claimed_one(row: StylisedImage) -> None:
    finish(items=Item.objects.filter(stylised=row), batch_size=1, progress=lambda *_: None)
