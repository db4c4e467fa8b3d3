"""Confusion, compatibility and machine in a real browser: drawn, scrolled within, accessible."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.analysis.factories import add_people, make_study
from tests.analysis.measures import measure

pytestmark = pytest.mark.e2e

# Each page, and how many heat maps and scatter charts it has.
PAGES = {
    "confusion/": (1, 0),
    "confusion/?show=counts": (1, 0),
    "compatibility/": (2, 4),
    "compatibility/?word=mofumofu": (2, 4),
    "machine/": (0, 1),
}
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def answered(live_server):
    study = make_study(contents=2, words=6, catches=False)
    add_people(study, 8, skill=0.6)
    measure()
    return study


@pytest.mark.parametrize(
    ("width", "language", "scheme", "status"),
    [
        (390, "ja", "light", "live"),
        (390, "en", "dark", "closed"),
        (1280, "ja", "dark", "live"),
        (1280, "en", "light", "closed"),
    ],
)
def test_every_page(desk, answered, width, language, scheme, status):
    answered.status = status
    answered.save()
    page = desk(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path, (maps, scatters) in PAGES.items():
        page.goto(f"/results/study/{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("[data-chart]")).to_have_count(maps + scatters)
        expect(page.locator(".heatmaplayer image")).to_have_count(maps)
        # Of each of 36 images.
        expect(page.locator(".scatterlayer .point")).to_have_count(36 * scatters)
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert problems == []


def test_a_heat_map_scrolls_within_itself(desk, answered):
    page = desk(width=390)
    page.goto("/results/study/confusion/")
    region = page.locator(".heat-map")
    expect(region.locator(".main-svg").first).to_be_visible()
    assert region.evaluate("each => each.scrollWidth > each.clientWidth")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.heat-map').scrollLeft > 0")


def test_the_asked_words_own_cells_are_framed(desk, answered):
    page = desk()
    page.goto("/results/study/confusion/")
    expect(page.locator(".shapelayer path")).to_have_count(6)
    numbers = page.locator(".heat-map .textpoint text")
    rows = page.locator(".wide-table tbody tr")
    offered = page.locator(".wide-table tbody td .detail")
    assert numbers.count() == offered.count()
    assert rows.count() == 6
    answers = sum(int(each.split("/")[0]) for each in offered.all_inner_texts())
    expect(page.locator("main")).to_contain_text(f"{answers} answers of 8 people")


def test_another_word_by_keyboard(desk, answered):
    page = desk()
    page.goto("/results/study/compatibility/?incomplete=out")
    link = page.locator(".conditions a", has_text="mofumofu")
    link.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(link).to_have_attribute("aria-current", "true")
    assert "incomplete=out" in page.url
    expect(page.locator("h2#votes")).to_contain_text("もふもふ")


def test_an_image_opens_over_the_page(desk, answered):
    page = desk()
    page.goto("/results/study/machine/")
    page.locator(".apart a").first.click()
    expect(page.locator("dialog[open] h1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
