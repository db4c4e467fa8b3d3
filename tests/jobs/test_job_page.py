"""A job's page: what it says, and what its two buttons do."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from jobs.models import Item, Job
from jobs.services import leases
from jobs.services.ask import Wanted, ask
from jobs.services.workers import Presence
from tests.jobs.rows import KIND, make_items

pytestmark = pytest.mark.django_db


def address(job, name="change"):
    return reverse(f"admin:jobs_job_{name}", args=[job.pk])


@pytest.fixture
def job():
    """Four items of two photographs: one done, one being made, one failed, one that waits."""
    wanted = [Wanted(key=f"{n}", label=f"image {n}", part=p) for n, p in enumerate("aabb")]
    job = ask(kind=KIND, items=wanted, about="coffee")
    first, second, third, _ = job.items.order_by("pk")
    leases.claim(limit=1, items=Item.objects.filter(pk=second.pk))
    Item.objects.filter(pk=second.pk).update(stage="stylise", done=30, total=40)
    now = timezone.now()
    Item.objects.filter(pk=first.pk).update(
        state="done", started_at=now - timedelta(seconds=80), finished_at=now
    )
    error = "OSError: no <space>\n\nTraceback (most recent ..."
    Item.objects.filter(pk=third.pk).update(state="failed", error=error)
    return job


def test_it_says_how_far_everything_is(admin_client, job):
    text = admin_client.get(address(job)).text
    assert "<strong>1 of 4 done</strong>, 1 being made, 1 waiting, 1 failed" in text
    assert "about 2 min left" in text  # 1.25 items of 80 s
    assert '<progress max="2" value="1" aria-label="a">' in text
    assert '<span class="count">0 / 2 · <span class="warning">1 failed</span></span>' in text
    assert "Optimising 30 / 40" in text
    assert '<span lang="en">OSError: no &lt;space&gt;</span>' in text
    assert '<pre tabindex="0" lang="en">Traceback' in text
    assert "<summary>Where it went wrong</summary>" in text
    assert leases.me().rpartition(" ")[0] in text
    assert "No worker is running" not in text  # somebody is at it
    assert '<noscript><meta http-equiv="refresh"' in text


def test_what_waits_for_nobody_says_how_to_start_a_worker(admin_client, job):
    leases.release()
    assert "manage.py worker" in admin_client.get(address(job)).text
    with Presence(engine="inline", slots=1):
        assert "manage.py worker" not in admin_client.get(address(job)).text
    Item.objects.update(state="done")
    assert "manage.py worker" not in admin_client.get(address(job)).text


def test_nothing_is_sent_where_nothing_moved(admin_client, job):
    leases.release()  # no time left is told, which would move by itself
    first = admin_client.get(address(job, "progress"))
    assert "1 of 4 done" in first.text
    again = admin_client.get(address(job, "progress"), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Item.objects.filter(state="queued").update(state="done")
    moved = admin_client.get(address(job, "progress"), headers={"if-none-match": first["ETag"]})
    assert "3 of 4 done" in moved.text


def test_its_buttons(admin_client, job):
    told = admin_client.post(address(job), {"do": "call_off"}, follow=True).text
    assert "2 were called off." in told
    assert "0 waiting" not in told
    told = admin_client.post(address(job), {"do": "try_again"}, follow=True).text
    assert "3 are queued again." in told
    assert Item.objects.counts()["queued"] == 3
    assert admin_client.post(address(job), {"do": "knit"}).status_code == 400


def test_a_button_that_it_has_not_is_named_alone(admin_client, job, caplog):
    sent = {"do": "explode", "csrfmiddlewaretoken": "secret-token"}
    assert admin_client.post(address(job), sent).status_code == 400
    assert "expected call_off or try_again, got 'explode'" in caplog.text
    assert "secret-token" not in caplog.text


def test_it_is_for_who_may_see_jobs(client, job):
    user = get_user_model().objects.create_user("somebody", is_staff=True)
    client.force_login(user)
    pages = [address(job), address(job, "progress")]
    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert client.post(address(job), {"do": "call_off"}).status_code == 404
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    assert [client.get(page).status_code for page in pages] == [404, 404]
    Job.objects.update(asked_by=user)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    Job.objects.update(asked_by=None)
    user.user_permissions.add(Permission.objects.get(codename="change_job"))
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert [client.get(reverse("admin:jobs_job_progress", args=[0])).status_code] == [404]


def test_more_items_take_no_more_queries(admin_client, job, django_assert_num_queries):
    make_items(3)
    other = Job.objects.first()
    leases.claim(limit=3, items=other.items.all())
    for each in (job, other):
        # Session, user, the job, its parts, what is made, what failed, workers, the pace.
        with django_assert_num_queries(8 if each == job else 7):
            admin_client.get(address(each, "progress"))


def test_the_workers_are_listed_with_what_they_do(admin_client):
    make_items(2)
    with Presence(engine="inline", slots=3):
        leases.claim(limit=2)
        text = admin_client.get("/admin/jobs/worker/").text
    assert "for a test (2)" in text
    assert "inline" in text
