from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Item, Job
from jobs.templatetags.jobs import lasting
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ("queued queued", "queued"),
        ("queued leased", "leased"),
        ("queued done", "leased"),
        ("queued failed", "queued"),
        ("done failed", "failed"),
        ("cancelled failed", "failed"),
        ("done cancelled", "cancelled"),
        ("done done", "done"),
        ("", "done"),
    ],
)
def test_a_job_stands_as_its_items_do(states, whole):
    wanted = states.split()
    items = make_items(len(wanted))
    for item, state in zip(items, wanted, strict=True):
        leased = {"batch": "0" * 32, "lease_until": timezone.now()} if state == "leased" else {}
        Item.objects.filter(pk=item.pk).update(state=state, **leased)
    job = Job.objects.get()
    assert job.state == whole
    assert sum(job.counts.values()) == len(wanted)
    assert Job.objects.open().exists() == any(state in ("queued", "leased") for state in wanted)


def test_time_left_goes_by_the_pace_of_the_stage():
    begun = timezone.now() - timedelta(seconds=20)
    item = Item(state="leased", done=10, total=30, stage_began_at=begun)
    assert item.seconds_left == pytest.approx(40, abs=1)
    assert Item(state="leased", total=30, stage_began_at=begun).seconds_left is None
    item.state = "done"
    assert item.seconds_left is None


def test_how_long_is_said_shortly():
    assert [lasting(s) for s in (0.4, 40, 89, 90, 5_399, 9_000)] == [
        "0 s", "40 s", "89 s", "2 min", "90 min", "2.5 h",
    ]  # fmt: skip


def test_the_reason_is_the_first_line_of_the_error():
    assert Item(error="OSError: no\n\nTraceback ...").reason == "OSError: no"
    assert Item().reason == ""
