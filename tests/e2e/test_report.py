"""The report in a real browser: read on a desk and a phone, and as it is printed."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.services.lifecycle import go_live
from survey.services.plan import write_plan
from tests.analysis.factories import add_people
from tests.survey.studies import make_study

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def planned(live_server):
    """Live with a plan, whose hash is a long word."""
    study = make_study(status="draft")
    write_plan(study=study, people=4, outcome="words", hypotheses="Words are recognised.")
    return go_live(study=study)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_it_is_readable_and_needs_nothing_else(desk, planned, width, language, scheme):
    add_people(planned, 4, skill=0.7)
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/results/textures/data/")
    page.locator("a[href$='report.html']:not([download])").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    asked, problems = [], []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator("svg.chart")).to_have_count(2)
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    assert problems == []
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    pictures = page.locator(".votes tbody img")
    expect(pictures).to_have_count(18)
    assert all(picture.evaluate("image => image.naturalWidth > 0") for picture in pictures.all())


def test_it_prints_on_a4(desk, study):
    add_people(study, 4, skill=0.7)
    page = desk()
    page.goto("/results/textures/report.html")
    # Within the margins of 15 mm nothing is cut: 180 mm are 680 px.
    page.set_viewport_size({"width": 680, "height": 960})
    page.emulate_media(media="print")
    assert page.evaluate(SIDEWAYS) <= 0
    cut = "() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > 681).length"
    assert page.evaluate(cut) == 0
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3


def test_it_is_saved_under_its_name(desk, study):
    add_people(study, 2)
    page = desk()
    page.goto("/results/textures/data/")
    with page.expect_download() as found:
        page.locator("a[href$='report.html'][download]").click()
    assert re.fullmatch(r"textures-report-\d{4}-\d\d-\d\d\.html", found.value.suggested_filename)
