from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import close_old_connections, connection
from django.utils import timezone

from generation.models import Job, WebImage, Word
from generation.services import jobs, leases
from tests.generation.desk import last, make_desk, make_images

pytestmark = pytest.mark.django_db

CLUSTER = Job.Kind.CLUSTER


def ask(word: Word, **parameters) -> Job:
    return jobs.ask(kind=CLUSTER, word=word, parameters=parameters)[0]


def do(job: Job) -> Job:
    batch, ids = leases.claim_job()
    assert ids == [job.pk]
    jobs.run(batch=batch, ids=ids)
    job.refresh_from_db()
    return job


def test_a_job_clusters_the_images_as_they_are_now():
    word = make_desk(8)
    before = last(word)
    WebImage.objects.filter(pk=word.web_images.order_by("pk")[0].pk).update(
        excluded_at=timezone.now()
    )
    somebody = get_user_model().objects.create(username="somebody")
    parameters = {"k": 2, "seed": 3}
    job, new = jobs.ask(kind=CLUSTER, word=word, parameters=parameters, asked_by=somebody)
    assert new
    job = do(job)
    after = last(word)
    assert (job.state, job.outcome, job.error) == ("done", f"#{after.pk}", "")
    assert (job.asked_by, job.batch, job.lease_until) == (somebody, None, None)
    assert after != before
    assert after.parameters["seed"] == 3
    assert sum(c.members.count() for c in after.clusters.all()) == 7


def test_asked_twice_is_done_once_and_as_it_was_asked_for_first():
    word, other = make_desk(4), Word.objects.create(text="b", reading="b")
    first, new = jobs.ask(kind=CLUSTER, word=word, parameters={"k": 2})
    again, anew = jobs.ask(kind=CLUSTER, word=word, parameters={"k": 3})
    assert (new, anew, again, again.parameters) == (True, False, first, {"k": 2})
    leases.claim_job()
    assert jobs.ask(kind=CLUSTER, word=word) == (first, False)
    assert jobs.ask(kind=CLUSTER, word=other)[1]
    Job.objects.filter(pk=first.pk).update(state="done", batch=None, lease_until=None)
    assert jobs.ask(kind=CLUSTER, word=word)[1]


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_moment_get_the_same_job():
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: nobody can ask in the middle of it")
    word = Word.objects.create(text="a", reading="a")
    barrier, found = threading.Barrier(4), []

    def press() -> None:
        barrier.wait()
        found.append(jobs.ask(kind=CLUSTER, word=word))
        close_old_connections()
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.pk for job, _new in found}) == 1
    assert [new for _job, new in found].count(True) == 1


def test_what_cannot_be_done_fails_at_once_with_what_was_expected():
    job = do(ask(make_desk(4), k=5))
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.reason == "ふさふさ (fusafusa): expected at least 5 described images, got 4"
    assert job.error == job.reason
    assert job.finished_at is not None


def test_what_broke_is_tried_again_later_with_the_way_it_broke(monkeypatch):
    def broken(**_):
        raise OSError("no space left")

    monkeypatch.setattr(jobs, "cluster", broken)
    job = ask(make_desk(4), k=2)
    for attempt in range(1, leases.MAX_ATTEMPTS):
        do(job)
        assert (job.state, job.attempts) == ("queued", attempt)
        assert "Traceback" in job.error
        assert job.reason == "OSError: no space left"
        assert job.not_before > timezone.now()
        Job.objects.update(not_before=timezone.now())
    assert do(job).state == "failed"


def test_a_job_that_was_given_to_another_stores_nothing(monkeypatch):
    word = make_desk(4)
    job = ask(word, k=2, seed=9)
    batch, ids = leases.claim_job()

    def taken_away(**_) -> None:
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        leases.sweep()

    monkeypatch.setattr(jobs, "pack_sketches", taken_away)
    jobs.run(batch=batch, ids=ids)
    job.refresh_from_db()
    assert (job.state, job.outcome) == ("queued", "")
    monkeypatch.undo()
    assert do(job).state == "done"
    assert word.clusterings.filter(parameters__seed=9).count() == 1


def test_the_row_says_how_far_it_is(monkeypatch):
    word = make_desk(4)
    job = ask(word, k=2)
    seen = []

    def describing(*, images, progress) -> None:
        assert images == []
        for _ in range(3):
            progress()
            seen.append(Job.objects.get())

    monkeypatch.setattr(jobs, "_PAUSE", 0)
    monkeypatch.setattr(jobs, "describe_images", describing)
    do(job)
    assert [(row.stage, row.total, row.done) for row in seen] == [
        ("describe", 0, 1), ("describe", 0, 2), ("describe", 0, 3),
    ]  # fmt: skip
    assert job.stage == "cluster"


def test_time_left_goes_by_the_pace_of_the_stage():
    begun = timezone.now() - timedelta(seconds=20)
    job = Job(kind=CLUSTER, state="leased", done=10, total=30, stage_began_at=begun)
    assert job.time_left == "40 s"
    job.total = 100
    assert job.time_left == "3 min"
    assert Job(kind=CLUSTER, state="leased", total=30, stage_began_at=begun).time_left == ""
    job.state = "done"
    assert job.time_left == ""


def test_images_that_came_since_are_described_first(settings):
    word = make_desk(4)
    make_images(word, 2, first=50)
    job = do(ask(word, k=2))
    assert job.state == "done"
    assert sum(c.members.count() for c in last(word).clusters.all()) == 6
