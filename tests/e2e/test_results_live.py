"""Figures that move: an answer is stored, and the open page has it without a reload."""

import re

import pytest
from playwright.sync_api import expect

from survey.models import Participant
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.e2e

SKILL = {"fusafusa": 0.9, "zarazara": 0.5, "mofumofu": 0.1}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The page asks all the time."""
    monkeypatch.setattr("analysis.live._LIVE_S", 0.2)


@pytest.fixture
def watch(desk, study):
    """A page that somebody looks at, marked so that a reload is noticed."""

    def open_page(path="words/", *, people=3, **options):
        if people:
            add_people(study, people, skill=SKILL)
        page = desk(**options)
        page.goto(f"/results/textures/{path}")
        page.evaluate("globalThis.isTheSame = true")
        return page

    return open_page


def stamps_of(page):
    """The requests for the stamp from now on."""
    asked = []
    page.on("request", lambda request: "/stamp/" in request.url and asked.append(request.url))
    return asked


def assert_the_same(page):
    assert page.evaluate("globalThis.isTheSame === true")


def test_an_answer_moves_the_figures(watch, study):
    page = watch()
    expect(page.locator("tfoot td").nth(3)).to_have_text("18")
    expect(page.locator(".as-of")).to_have_text(re.compile("^24 answers, as of "))
    add_people(study, 1, seed=5, skill=0.0)
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    expect(page.locator(".as-of")).to_have_text(re.compile("^32 answers, as of "))
    assert_the_same(page)


def test_the_chart_moves_in_place(watch, study):
    page = watch()
    chart, beside = page.locator("[data-chart]"), page.locator("[data-chart] .annotation")
    expect(beside.filter(has_text="n 6")).to_have_count(3)
    svg = chart.locator(".main-svg").first.element_handle()
    add_people(study, 1, seed=5, skill=0.0)
    expect(beside.filter(has_text="n 8")).to_have_count(3)
    assert svg.evaluate("svg => svg.isConnected")
    assert_the_same(page)


def test_who_is_taken_out_again_goes(watch, study):
    page = watch()
    Participant.objects.order_by("pk").last().delete()
    expect(page.locator("tfoot td").nth(3)).to_have_text("12")


def test_what_a_reader_does_is_left_alone(watch, study):
    page = watch()
    page.locator(".method summary").click()
    link = page.locator("tbody a", has_text="mofumofu")
    link.focus()
    page.evaluate("scrollTo(0, 300)")
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("fusafusa")
    add_people(study, 9, seed=5, skill={"fusafusa": 0.0, "zarazara": 0.0, "mofumofu": 1.0})
    expect(first).to_contain_text("mofumofu")
    expect(link).to_be_focused()
    expect(page.locator(".method")).to_have_attribute("open", "")
    assert page.evaluate("scrollY") == scrolled
    assert_the_same(page)


def test_filters_stay(watch, study):
    page = watch("words/?incomplete=out&origin=live")
    add_people(study, 1, seed=5, answered=0.5)
    add_people(study, 1, seed=6)
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    expect(page.locator(".left-out")).to_contain_text("1 person did not finish")
    assert_the_same(page)


def test_the_first_answer_brings_the_charts(watch, study):
    page = watch(people=0)
    expect(page.locator("[data-chart]")).to_have_count(0)
    add_people(study, 2)
    expect(page.locator(".barlayer .point path")).to_have_count(3)
    assert_the_same(page)


def test_a_pause_holds_the_page_until_it_goes_on(watch, study):
    page = watch()
    page.get_by_role("button", name="Pause").click()
    asked = stamps_of(page)
    add_people(study, 1, seed=5)
    page.wait_for_timeout(800)
    assert asked == []
    expect(page.locator("tfoot td").nth(3)).to_have_text("18")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_what_is_on_its_way_when_it_is_paused_changes_nothing(watch, study):
    page = watch()
    held = []
    page.route("**/stamp/*", lambda route: held.append(route))  # noqa: PLW0108  it is asked for its arguments
    add_people(study, 1, seed=5)
    page.wait_for_timeout(500)
    assert held
    page.get_by_role("button", name="Pause").click()
    for route in held:
        route.continue_()
    page.unroute("**/stamp/*")
    page.wait_for_timeout(800)
    expect(page.locator("tfoot td").nth(3)).to_have_text("18")
    expect(page.locator("[data-keep] [data-state]")).to_have_attribute("data-state", "paused")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")


@pytest.mark.parametrize(("least", "is_said"), [("30_000", False), ("0", True)])
def test_a_screen_reader_is_told_now_and_then(desk, study, least, is_said):
    add_people(study, 3)
    page = desk()
    page.route(
        "**/analysis/live.js",
        lambda route: route.fulfill(
            response=(found := route.fetch()),
            body=found.text().replace("SAID_MS = 30_000", f"SAID_MS = {least}"),
        ),
    )
    page.goto("/results/textures/words/")
    add_people(study, 1, seed=5)
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    told = page.locator(".live [aria-live=polite]")
    expect(told).to_have_text(re.compile("^32 answers, as of " if is_said else "^$"))


def test_a_study_that_is_over_is_not_asked(watch, study):
    study.status = "closed"
    study.save()
    page = watch()
    asked = stamps_of(page)
    page.wait_for_timeout(600)
    assert asked == []
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    expect(page.locator(".as-of")).to_contain_text("24 answers")


def test_a_server_that_is_away_is_said_and_waited_for(watch, study):
    page = watch()
    page.route("**/stamp/**", lambda route: route.abort())
    expect(page.locator(".live .state")).to_contain_text("cannot be brought up to date")
    page.unroute_all()
    add_people(study, 1, seed=5)
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    expect(page.locator(".live .state")).to_be_empty()


def test_what_changed_is_pointed_at_unless_motion_is_unwanted(watch, study):
    for motion, name in (("no-preference", "changed"), ("reduce", "none")):
        page = watch(people=1, reduced_motion=motion)
        add_people(study, 1, seed=5)
        expect(page.locator(".changed").first).to_have_css("animation-name", name)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_for_everybody(watch, study, width, language, scheme):
    page = watch(width=width, language=language, color_scheme=scheme)
    add_people(study, 1, seed=5)
    expect(page.locator("tfoot td").nth(3)).to_have_text("24")
    assert_accessible(page)
