"""The page of models: what is computed while it is open, shown without a reload."""

import re
import threading

import pytest
from playwright.sync_api import expect

from analysis import computations, computed
from analysis.work import MIXED
from jobs.models import Item
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.e2e

SKILL = {"fusafusa": 0.9, "zarazara": 0.5, "mofumofu": 0.1}
ADDRESS = "/results/textures/models/"
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def large(monkeypatch):
    """All studies have too many answers for a page."""
    monkeypatch.setattr(computations, "QUICK_ANSWERS", 0)


@pytest.fixture
def paused(monkeypatch, large, worker):
    """The mixed model waits, in its second step, until it is let go on."""
    go_on, compute = threading.Event(), computed.COMPUTE[MIXED]

    def wait(selected, report):
        report("mixed", 1)
        go_on.wait(1)  # longer than between two notes of the progress
        report("mixed", 3)
        assert go_on.wait(30)
        return compute(selected, report)

    monkeypatch.setitem(computed.COMPUTE, MIXED, wait)
    yield go_on
    go_on.set()


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(390, "ja", "light"), (390, "en", "dark"), (1280, "ja", "dark"), (1280, "en", "light")],
)
def test_every_part_is_drawn_and_accessible(desk, study, width, language, scheme):
    add_people(study, 6, skill=SKILL)
    page = desk(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path in (ADDRESS, f"{ADDRESS}?strengths=content"):
        page.goto(path)
        expect(page.locator("[data-chart]")).to_have_count(4)  # two, and one for each photograph
        expect(page.locator("#model-words-chart ~ [data-chart] .point")).to_have_count(6)
        for chart in page.locator("[data-chart]").all():
            expect(chart.locator(".main-svg").first).to_be_visible()
            assert chart.bounding_box()["width"] <= width
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        assert_accessible(page)
    assert problems == []


def test_a_result_takes_the_place_of_its_progress(desk, study, paused):
    add_people(study, 6, skill=SKILL)
    page = desk()
    page.goto(ADDRESS)
    page.evaluate("globalThis.isTheSame = true")
    mixed = page.locator("#mixed")
    expect(mixed.get_by_role("progressbar")).to_be_visible()
    expect(mixed.get_by_role("status")).to_have_text("Fitting the model (1 of 2)")
    expect(mixed.locator("[data-detail]")).to_have_text(re.compile(r"^2 of 25, about \d+ s left$"))
    assert_accessible(page)
    # The other part does not wait for it.
    expect(page.locator("#agreement [data-chart]")).to_have_count(1)
    page.locator("#agreement summary").first.click()
    paused.set()
    expect(mixed).to_contain_text("36 answers of 6 people.")
    expect(mixed.locator(".point")).to_have_count(6)
    expect(mixed.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#agreement details").first).to_have_attribute("open", "")
    assert page.evaluate("globalThis.isTheSame === true")


def test_what_waits_for_a_worker_is_shown_once_one_came(desk, study, large, request):
    add_people(study, 6, skill=SKILL)
    page = desk()
    page.goto(ADDRESS)
    expect(page.get_by_role("progressbar")).to_have_count(2)
    expect(page.locator("#mixed").get_by_role("status")).to_contain_text("manage.py worker")
    request.getfixturevalue("worker")
    expect(page.locator("[data-chart]")).to_have_count(4)
    assert Item.objects.counts()["done"] == 2


def test_what_failed_is_tried_again_by_a_button(desk, study, monkeypatch):
    add_people(study, 6, skill=SKILL)
    page = desk()
    with monkeypatch.context() as patch:
        patch.setitem(computed.COMPUTE, MIXED, lambda *_: 1 / 0)
        page.goto(ADDRESS)
    expect(page.locator("#mixed")).to_contain_text("division by zero")
    assert_accessible(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#mixed")).to_contain_text("36 answers of 6 people.")


def test_without_scripts_it_loads_again(desk, study, paused):
    add_people(study, 6, skill=SKILL)
    page = desk(java_script_enabled=False)
    page.goto(ADDRESS)
    expect(page.get_by_role("link", name="Look again").first).to_be_visible()
    paused.set()
    loaded_again = page.locator("#mixed", has_text="36 answers of 6 people.")
    expect(loaded_again).to_be_visible(timeout=20_000)


def test_the_csv_of_strengths_holds_the_votes_on_the_screen(desk, study):
    add_people(study, 6, skill=SKILL)
    page = desk()
    page.goto(ADDRESS)
    part = page.locator("section.strengths").first
    part.locator("summary").click()
    shown = sum(int(cell) for cell in part.locator("tbody td:nth-last-child(2)").all_inner_texts())
    with page.expect_download() as download:
        part.locator("[data-as=csv]").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    votes = lines[0].split(",").index("votes")
    assert sum(int(line.split(",")[votes]) for line in lines[1:]) == shown == 18
