"""The lists of jobs and items in the admin."""

import pytest
from django.urls import reverse

from jobs.models import Item, Job
from jobs.services.ask import Wanted, ask
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db

JOBS, ITEMS = "/admin/jobs/job/", "/admin/jobs/item/"


def test_a_job_says_how_far_it_is(admin_client):
    first, second, *_ = make_items(4)
    make_items(1)
    Item.objects.filter(pk=first.pk).update(state="done")
    Item.objects.filter(pk=second.pk).update(state="failed")
    text = admin_client.get(JOBS).text
    assert "being made" in text
    assert f'{ITEMS}?job__id__exact={first.job_id}">1 / 4</a>' in text
    assert "1 failed" in text
    everything = admin_client.get(f"{ITEMS}?job__id__exact={first.job_id}")
    assert everything.context["cl"].result_count == 4
    failed = admin_client.get(f"{ITEMS}?job__id__exact={first.job_id}&state__exact=failed")
    assert failed.context["cl"].result_count == 1


def test_more_jobs_take_no_more_queries(admin_client, django_assert_num_queries):
    for _ in range(5):
        make_items(2)
    # Session, user, how many twice, kinds, jobs, their items.
    with django_assert_num_queries(7):
        text = admin_client.get(JOBS).text
    assert text.count("0 / 2") == 5


def test_an_item_says_why_it_failed(admin_client):
    (item,) = make_items(1)
    Item.objects.update(state="failed", error="OSError: no <space>\n\nTraceback (most ...")
    text = admin_client.get(ITEMS).text
    assert '<span lang="en">OSError: no &lt;space&gt;</span>' in text
    assert "Traceback" not in text
    text = admin_client.get(reverse("admin:jobs_item_change", args=[item.pk])).text
    assert '<span lang="en">OSError: no &lt;space&gt;<br><br>Traceback' in text


@pytest.mark.parametrize("page", [JOBS, ITEMS])
def test_kinds_are_filtered_by_and_told_in_words(admin_client, page):
    ask(kind="stylise", items=[Wanted(key="x", label="coffee")])
    ask(kind="cluster", items=[Wanted(key="y", label="fusafusa")])
    text = admin_client.get(page).text
    assert '<a href="?kind=stylise">make stimuli</a>' in text
    assert admin_client.get(f"{page}?kind=stylise").context["cl"].result_count == 1


def test_an_item_says_how_far_it_is(admin_client):
    make_items(1)
    Item.objects.update(stage="stylise", done=3, total=64)
    assert '<td class="field-how_far">Optimising 3 / 64</td>' in admin_client.get(ITEMS).text


@pytest.mark.parametrize("page", [JOBS, ITEMS])
def test_calling_off_and_trying_again(admin_client, page):
    first, second, _ = make_items(3)
    Item.objects.filter(pk=second.pk).update(state="done")
    chosen = [first.job_id] if page == JOBS else [first.pk, second.pk]
    form = {"action": "call_off", "_selected_action": chosen}
    told = admin_client.post(page, form, follow=True).text
    assert ("2 were called off." if page == JOBS else "1 was called off.") in told
    assert Item.objects.get(pk=first.pk).state == "cancelled"
    told = admin_client.post(page, form | {"action": "try_again"}, follow=True).text
    assert ("2 are queued again." if page == JOBS else "1 is queued again.") in told
    assert Item.objects.get(pk=second.pk).state == "done"
    assert Item.objects.counts()["queued"] == 2


def test_rows_are_not_edited_by_hand(admin_client):
    (item,) = make_items(1)
    for name, pk in (("job", item.job_id), ("item", item.pk)):
        assert admin_client.get(f"/admin/jobs/{name}/add/").status_code == 403
        assert admin_client.post(f"/admin/jobs/{name}/{pk}/delete/").status_code == 403
    assert Job.objects.exists()
