"""A job's page in a browser: it moves by itself, on every screen and for everybody."""

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from jobs.models import Item
from jobs.services import leases
from jobs.services.ask import Wanted, ask
from tests.e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def job(live_server):
    wanted = [
        Wanted(key=f"test-{n}", label=f"coffee x ふさふさ 1 by study, number {n}", part=part)
        for n, part in enumerate(["coffee", "coffee", "rocket", "rocket"])
    ]
    job = ask(kind="stylise", items=wanted, about="coffee, rocket")
    first, second, third, _ = job.items.order_by("pk")
    leases.claim(limit=1, items=Item.objects.filter(pk=first.pk))
    Item.objects.filter(pk=first.pk).update(stage="stylise", done=30, total=100)
    done = {"state": "done", "started_at": timezone.now(), "finished_at": timezone.now()}
    Item.objects.filter(pk=second.pk).update(**done)
    way = "Traceback (most recent call last):\n" + "  a very long line " * 40
    Item.objects.filter(pk=third.pk).update(state="failed", error=f"OSError: no room\n\n{way}")
    return job


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(390, "ja", "light"), (390, "en", "dark"), (1280, "ja", "dark"), (1280, "en", "light")],
)
def test_it_is_for_everybody(desk, job, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert page.evaluate(SIDEWAYS) <= 0
    assert_accessible(page)


def test_it_moves_without_a_reload(desk, job):
    page = desk()
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    page.evaluate("globalThis.isTheSame = true")
    expect(page.get_by_text("1 of 4 done")).to_be_visible()
    page.get_by_text("Where it went wrong").click()
    Item.objects.filter(state="leased").update(done=F("done") + 20)
    expect(page.get_by_text("Optimising 50 / 100")).to_be_visible()
    expect(page.locator("details")).to_have_attribute("open", "")
    page.get_by_role("button", name="Call off").click()
    expect(page.get_by_text("2 were called off.")).to_be_visible()
    expect(page.get_by_role("button", name="Call off")).to_have_count(0)
    page.get_by_role("button", name="Try 3 again").click()
    expect(page.get_by_text("3 waiting")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("manage.py worker")


def test_the_focus_stays_on_the_summary_where_it_was(desk, job):
    waits = Item.objects.get(key="test-3")
    Item.objects.filter(pk=waits.pk).update(state="failed", error="OSError: no room\n\nTraceback")
    page = desk()
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    second = page.locator(f"#way-{waits.pk} summary")
    second.focus()
    Item.objects.filter(state="leased").update(done=F("done") + 20)
    expect(page.get_by_text("Optimising 50 / 100")).to_be_visible()
    expect(second).to_be_focused()


def test_without_scripts_it_loads_again(desk, job):
    page = desk(java_script_enabled=False)
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    expect(page.get_by_text("1 of 4 done")).to_be_visible()
    leases.release()
    Item.objects.filter(state="queued").update(state="done", finished_at=timezone.now())
    expect(page.get_by_text("3 of 4 done")).to_be_visible(timeout=20_000)


def test_the_front_page_follows_what_is_under_way(desk, job):
    page = desk()
    page.goto("/admin/")
    link = page.get_by_role("link", name="coffee, rocket")
    link.focus()
    page.evaluate("globalThis.isTheSame = true")
    expect(page.get_by_text("1 / 4")).to_be_visible()
    done = {"state": "done", "finished_at": timezone.now(), **leases.FREE}
    Item.objects.filter(state="leased").update(**done)
    expect(page.get_by_text("2 / 4")).to_be_visible()
    expect(link).to_be_focused()
    Item.objects.filter(state="queued").update(state="cancelled")
    expect(page.get_by_text("Nothing is queued")).to_be_visible()
    assert page.evaluate("globalThis.isTheSame")
