"""The page of an imported study in a real browser: drawn, whole, and readable by everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
HIDDEN = """() => [...document.querySelectorAll(".vote-tables .scroll-x")]
    .map((region) => region.scrollWidth - region.clientWidth)"""


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(390, "ja", "dark"), (390, "en", "light"), (1280, "ja", "light"), (1280, "en", "dark")],
)
def test_the_papers_votes(desk, width, language, scheme):
    call_command("import_votes", paper=True, verbosity=0)
    page = desk(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/results/paper/")
    expect(page.locator("[data-chart]")).to_have_count(4)
    for chart in page.locator("[data-chart]").all():
        expect(chart.locator("svg .barlayer .point path")).to_have_count(3)
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(HIDDEN) == [0, 0, 0]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert problems == []
