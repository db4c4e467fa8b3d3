"""People, one of them, times and sample sizes in a real browser."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.models import Familiarity, Trial
from tests.analysis.factories import add_people, make_study

pytestmark = pytest.mark.e2e

# Each page, and how many charts it has.
PAGES = {
    "people/": 0,
    "people/?rule=any&sort=-time": 0,
    "people/P/": 1,
    "people/NOBODY/": 0,
    "timing/": 4,
    "sample-size/": 1,
    "sample-size/?alpha=2": 1,
}
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def answered(live_server):
    """Nine people with times, of whom the first is too fast, and one who answered nothing."""
    study = make_study(contents=2, words=6)
    people = add_people(study, 9, skill=0.7)
    trials = list(Trial.objects.exclude(chosen=None))
    for n, trial in enumerate(trials):
        trial.response_ms, trial.load_ms, trial.blurs = 900 + 137 * (n % 29), 80, n % 7 == 0
        trial.screen = {"viewport_width": 390, "viewport_height": 844, "pixel_ratio": 3}
    Trial.objects.bulk_update(trials, ["response_ms", "load_ms", "blurs", "screen"])
    people[0].trials.update(response_ms=250)
    word = study.questions.exclude(word=None).first().word
    Familiarity.objects.create(participant=people[0], word=word, level=2)
    add_people(study, 1, answered=0.0, seed=5)
    return study


def addresses(study):
    first, last = study.participants.earliest("pk").pk, study.participants.latest("pk").pk
    for path, charts in PAGES.items():
        yield path.replace("NOBODY", str(last)).replace("P", str(first)), charts


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(390, "ja", "light"), (390, "en", "dark"), (1280, "ja", "dark"), (1280, "en", "light")],
)
def test_every_page(desk, answered, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path, charts in addresses(answered):
        page.goto(f"/results/study/{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("[data-chart]")).to_have_count(charts)
        expect(page.locator("[data-chart] .main-svg >> nth=0")).to_have_count(min(charts, 1))
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert problems == []


def test_charts_are_drawn(desk, answered):
    page = desk()
    page.goto("/results/study/timing/")
    # A bar of correct and one of wrong answers for each bin of the table.
    bins = len(json.loads(page.locator("#times-chart-table").text_content())["rows"])
    expect(page.locator("[data-chart=times-chart] .barlayer .point")).to_have_count(2 * bins)
    expect(page.locator("[data-chart=words-chart] .scatterlayer .point")).to_have_count(6)
    expect(page.locator("[data-chart=contents-chart] .scatterlayer .point")).to_have_count(2)
    expect(page.locator("[data-chart=course-chart] .scatterlayer .point")).to_have_count(12)
    page.goto("/results/study/sample-size/")
    expect(page.locator("[data-chart=power-chart] .scatterlayer .js-line")).to_have_count(3)


def test_from_the_list_to_a_person_and_on_by_keyboard(desk, answered):
    page = desk()
    page.goto("/results/study/people/?sort=time")
    first = page.locator("table.people tbody a").first
    assert first.inner_text() == f"P{answered.participants.earliest('pk').pk}"
    first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"P{answered.participants.earliest('pk').pk}")
    after = page.locator("a[rel=next]")
    name = after.inner_text().split()[0]
    after.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".steps")).to_contain_text("2 of 10 in the list")
    with page.expect_navigation():
        page.locator(".steps .up").click()
    expect(page).to_have_url(re.compile(r"/people/\?sort=time$"))


def test_a_click_anywhere_in_a_row_leads_to_the_person(desk, answered):
    page = desk()
    page.goto("/results/study/people/")
    row = page.locator("table.people tbody tr").nth(2)
    name = row.locator("th").inner_text()
    with page.expect_navigation():
        row.locator("td").nth(4).click(force=True)  # the link lies over it
    expect(page.locator("h1")).to_have_text(name)


def test_planning_by_the_form(desk, answered):
    page = desk()
    page.goto("/results/study/sample-size/?incomplete=out")
    page.get_by_label("accuracy to detect").fill("80")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "incomplete=out" in page.url
    expect(page.locator(".card.main")).to_contain_text("at an accuracy of 80%")
    expect(page.locator("tr.wanted th")).to_contain_text("80%")
