"""Asking, calling off, and asking again."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs.kinds import UnknownKindError
from jobs.models import Item, Job
from jobs.services import leases
from jobs.services.ask import Wanted, ask, ask_once, cancel, retry
from tests.jobs.rows import KIND, make_items

pytestmark = pytest.mark.django_db

ALL = Item.objects


def test_a_job_has_its_items_in_their_order():
    somebody = get_user_model().objects.create_user("matsuo")
    items = [Wanted(key=key, label=key.upper(), group="g", parameters={"n": 1}) for key in "ba"]
    job = ask(kind=KIND, items=items, about="b and a", priority=3, asked_by=somebody)
    assert (job.kind, job.about, job.priority, job.asked_by) == (KIND, "b and a", 3, somebody)
    assert [(i.key, i.label, i.group, i.priority, i.parameters) for i in job.items.all()] == [
        ("b", "B", "g", 3, {"n": 1}), ("a", "A", "g", 3, {"n": 1}),
    ]  # fmt: skip
    assert str(job) == "for a test: b and a"


def test_an_unknown_kind_is_refused():
    with pytest.raises(UnknownKindError, match=r"expected a kind of work among .*, got 'knitting'"):
        ask(kind="knitting", items=[])
    assert not Job.objects.exists()


def test_what_is_open_is_not_queued_twice():
    ask(kind=KIND, items=[Wanted(key="a")])
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(kind=KIND, items=[Wanted(key="b"), Wanted(key="a")])
    assert list(ALL.values_list("key", flat=True)) == ["a"]
    ALL.update(state="done")
    ask(kind=KIND, items=[Wanted(key="a")])
    assert Job.objects.count() == 2


def test_asked_twice_is_done_once_and_as_it_was_asked_for_first():
    first, new = ask_once(kind=KIND, item=Wanted(key="a", parameters={"k": 2}))
    again, anew = ask_once(kind=KIND, item=Wanted(key="a", parameters={"k": 3}))
    assert (new, anew, again, again.parameters) == (True, False, first, {"k": 2})
    leases.claim(limit=1)
    assert ask_once(kind=KIND, item=Wanted(key="a")) == (first, False)
    assert ask_once(kind=KIND, item=Wanted(key="b"))[1]
    ALL.filter(pk=first.pk).update(state="done", batch=None, lease_until=None)
    assert ask_once(kind=KIND, item=Wanted(key="a"))[1]


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_moment_get_the_same_item():
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: nobody can ask in the middle of it")
    barrier, found = threading.Barrier(4), []

    def press() -> None:
        barrier.wait()
        found.append(ask_once(kind=KIND, item=Wanted(key="a")))
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item.pk for item, _new in found}) == 1
    assert [new for _item, new in found].count(True) == 1


def test_what_is_called_off_is_not_claimed_and_not_committed():
    queued, leased, done = make_items()
    ALL.filter(pk=done.pk).update(state="done")
    leases.claim(limit=1, items=ALL.filter(pk=leased.pk))
    held = ALL.get(pk=leased.pk)
    assert cancel(ALL.all()) == 2
    for item in ALL.filter(pk__in=[queued.pk, leased.pk]):
        assert (item.state, item.batch, item.lease_until) == ("cancelled", None, None)
        assert item.finished_at is not None
    assert leases.claim(limit=9)[1] == []
    assert not leases.mine(held).exists()
    assert not leases.renew(held.batch)
    assert ALL.get(pk=done.pk).state == "done"


def test_a_fresh_start():
    failed, cancelled, queued = make_items()
    ALL.filter(pk=failed.pk).update(
        state="failed", attempts=4, error="no memory", finished_at=timezone.now()
    )
    ALL.filter(pk=cancelled.pk).update(state="cancelled")
    assert retry(ALL.all()) == 2
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("queued", 0, "")
    assert failed.finished_at is None
    assert leases.claim(limit=9)[1] == [failed.pk, cancelled.pk, queued.pk]


def test_what_was_asked_for_anew_meanwhile_stays_as_it_is():
    (old,) = make_items(1)
    ALL.update(state="failed")
    ask(kind=KIND, items=[Wanted(key=old.key)])
    assert retry(ALL.filter(pk=old.pk)) == 0
    assert ALL.get(pk=old.pk).state == "failed"


def test_thousands_are_tried_again_by_a_few_statements(django_assert_max_num_queries):
    items = make_items(2_500)
    ALL.update(state="failed", error="no memory", stage="stylise", done=3, total=9)
    with django_assert_max_num_queries(13):  # their keys, and three statements with savepoints
        assert retry(ALL.all()) == 2_500
    assert ALL.counts()["queued"] == len(items)
    assert set(ALL.values_list("error", "stage", "done", "total")) == {("", "", 0, 0)}


def test_of_two_that_failed_at_the_same_the_last_is_tried_again():
    (old,) = make_items(1)
    ALL.update(state="failed")
    new = ask(kind=KIND, items=[Wanted(key=old.key)]).items.get()
    ALL.update(state="failed")
    assert retry(ALL.all()) == 1
    assert list(ALL.order_by("pk").values_list("pk", "state")) == [
        (old.pk, "failed"), (new.pk, "queued"),
    ]  # fmt: skip
