from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from generation.models import WebImage, Word
from generation.services import desk
from generation.services.desk import ask_cluster
from jobs.models import Item
from jobs.services import leases, work
from tests.generation.desk import last, make_desk, make_images

pytestmark = pytest.mark.django_db


def ask(word: Word, **parameters) -> Item:
    return ask_cluster(word=word, parameters=parameters)[0]


def do(item: Item) -> Item:
    batch, ids = leases.claim(limit=9)
    assert ids == [item.pk]
    work.run(batch=batch, ids=ids)
    item.refresh_from_db()
    return item


def test_a_job_clusters_the_images_as_they_are_now():
    word = make_desk(8)
    before = last(word)
    WebImage.objects.filter(pk=word.web_images.order_by("pk")[0].pk).update(
        excluded_at=timezone.now()
    )
    somebody = get_user_model().objects.create(username="somebody")
    parameters = {"k": 2, "seed": 3}
    job, new = ask_cluster(word=word, parameters=parameters, asked_by=somebody)
    assert new
    job = do(job)
    after = last(word)
    assert (job.state, job.outcome, job.error) == ("done", f"#{after.pk}", "")
    assert (job.job.asked_by, job.batch, job.lease_until) == (somebody, None, None)
    assert after != before
    assert after.parameters["seed"] == 3
    assert sum(c.members.count() for c in after.clusters.all()) == 7


def test_asked_twice_is_done_once_and_as_it_was_asked_for_first():
    word, other = make_desk(4), Word.objects.create(text="b", reading="b")
    first, new = ask_cluster(word=word, parameters={"k": 2})
    again, anew = ask_cluster(word=word, parameters={"k": 3})
    assert (new, anew, again, again.parameters) == (True, False, first, {"k": 2})
    leases.claim(limit=1)
    assert ask_cluster(word=word, parameters={}) == (first, False)
    assert ask_cluster(word=other, parameters={})[1]
    Item.objects.filter(pk=first.pk).update(state="done", batch=None, lease_until=None)
    assert ask_cluster(word=word, parameters={})[1]


def test_what_cannot_be_done_fails_at_once_with_what_was_expected():
    job = do(ask(make_desk(4), k=5))
    assert (job.state, job.attempts) == ("failed", 1)
    told = "expected at least 5 described images, got 4; manage.py collect finds more"
    assert job.reason == f"ふさふさ (fusafusa): {told}"
    assert "Traceback" in job.error
    assert job.finished_at is not None


def test_a_job_that_was_given_to_another_stores_nothing(monkeypatch):
    word = make_desk(4)
    job = ask(word, k=2, seed=9)
    batch, ids = leases.claim(limit=1)

    def taken_away(**_) -> None:
        Item.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        leases.sweep()

    monkeypatch.setattr(desk, "pack_sketches", taken_away)
    work.run(batch=batch, ids=ids)
    job.refresh_from_db()
    assert (job.state, job.outcome) == ("queued", "")
    monkeypatch.undo()
    assert do(job).state == "done"
    assert word.clusterings.filter(parameters__seed=9).count() == 1


def test_images_that_came_since_are_described_first(settings):
    word = make_desk(4)
    make_images(word, 2, first=50)
    job = do(ask(word, k=2))
    assert job.state == "done"
    assert sum(c.members.count() for c in last(word).clusters.all()) == 6
