"""What was queued, failed or asked for before there were jobs with items is so after it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from generation.models import ContentImage, StyleCluster, StylisedImage, Word
from generation.services.stylise import enqueue
from jobs.models import Item, Job
from jobs.services import leases
from tests.generation.rows import make_done, make_recipe

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("generation", "0005_curation_and_jobs")]
AFTER = [("generation", "0008_work_is_the_jobs_apps")]


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.fixture(autouse=True)
def newest():
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_the_way_there():
    _done, queued, failed, leased = make_done(contents=2, clusters=2)
    old = migrate(BEFORE)
    images, jobs = (old.get_model("generation", name).objects for name in ("StylisedImage", "Job"))
    assert set(images.values_list("state", flat=True)) == {"done"}
    unmade = {"file": "", "sha256": ""}
    images.filter(pk=queued.pk).update(state="queued", priority=10, **unmade)
    images.filter(pk=failed.pk).update(state="failed", attempts=4, error="no", **unmade)
    images.filter(pk=leased.pk).update(
        state="leased", attempts=1, fence=3, batch="0" * 32, lease_until=timezone.now(), **unmade
    )
    jobs.create(kind="cluster", word_id=Word.objects.get().pk, parameters={"k": 2})
    jobs.create(kind="style-map", state="done", outcome="#3")
    migrate(AFTER)
    made = list(StylisedImage.objects.select_related("item").order_by("pk"))
    assert [image.state for image in made] == ["done", "queued", "failed", "queued"]
    first, second, third, fourth = made
    assert first.item is None
    assert (second.item.priority, second.item.key) == (
        10, f"{second.content_id}-{second.cluster_id}-{second.recipe_id}",
    )  # fmt: skip
    assert (third.item.attempts, third.item.error) == (4, "no")
    assert (fourth.item.attempts, fourth.item.fence, fourth.item.batch) == (1, 3, None)
    cluster, drawn = Item.objects.exclude(kind="stylise").order_by("pk")
    assert (cluster.state, cluster.key, cluster.parameters) == (
        "queued", str(Word.objects.get().pk), {"k": 2},
    )  # fmt: skip
    assert (drawn.state, drawn.key, drawn.outcome) == ("done", "all", "#3")
    assert leases.claim(limit=9)[1] == [second.item_id]


def test_the_way_back():
    make_done(contents=1)
    make_recipe(seed=5)
    _queued, failed = make_queue_of_others()
    Item.objects.filter(stylised=failed).update(state="failed", attempts=4, error="no")
    images = migrate(BEFORE).get_model("generation", "StylisedImage").objects
    assert list(images.order_by("pk").values_list("state", "attempts", "error")) == [
        ("done", 0, ""), ("queued", 0, ""), ("failed", 4, "no"),
    ]  # fmt: skip


def make_queue_of_others():
    for seed in (5, 6):
        enqueue(
            contents=ContentImage.objects.all(), recipes=[make_recipe(seed=seed)],
            clusters=StyleCluster.objects.all(),
        )  # fmt: skip
    assert Job.objects.count() == 3
    return StylisedImage.objects.filter(sha256="").order_by("pk")
