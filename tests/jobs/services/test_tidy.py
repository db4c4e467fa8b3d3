"""Jobs whose time is over are removed, and no others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import kinds
from jobs.kinds import Kind
from jobs.models import Item, Job
from jobs.services.tidy import remove_old_jobs, tidy
from storage import StorageError
from tests.jobs.rows import KIND, make_items

pytestmark = pytest.mark.django_db


def ended(item, days, state="done"):
    then = timezone.now() - timedelta(days=days)
    Item.objects.filter(pk=item.pk).update(state=state, finished_at=then)
    Job.objects.filter(pk=item.job_id).update(created_at=then)


def test_old_jobs_go_where_their_kind_says_so(monkeypatch):
    old, failed, young, half, waiting = (make_items(2) for _ in range(5))
    for item in (*old, *failed[:1]):
        ended(item, 8)
    ended(failed[1], 8, "failed")
    for item in young:
        ended(item, 6)
    ended(half[0], 8)
    ended(half[1], 6)
    Job.objects.filter(pk=waiting[0].job_id).update(created_at=timezone.now() - timedelta(days=9))
    assert remove_old_jobs() == 0
    kind = Kind(KIND, "for a test", print, kept=timedelta(days=7))
    monkeypatch.setitem(kinds._kinds, KIND, kind)
    assert remove_old_jobs() == 2
    left = {items[0].job_id for items in (young, half, waiting)}
    assert set(Job.objects.values_list("pk", flat=True)) == left


def test_a_storage_that_is_away_keeps_nothing_else_from_being_tidied(monkeypatch, caplog):
    (item,) = make_items(1)
    ended(item, 8)
    done = []

    def away() -> None:
        raise StorageError("the bucket does not answer")

    week = timedelta(days=7)
    for name, clean in ((KIND, away), ("other", lambda: done.append("other"))):
        kind = Kind(name, "for a test", print, kept=week, tidy=clean)
        monkeypatch.setitem(kinds._kinds, name, kind)
    tidy()
    assert done == ["other"]
    assert not Job.objects.exists()
    assert "the bucket does not answer" in caplog.text
