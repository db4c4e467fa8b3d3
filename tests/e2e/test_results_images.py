"""The images of a word in a real browser: framed, and each with all that is known of it."""

import re

import pytest
from playwright.sync_api import expect

from generation.models import StylisedImage
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible
from tests.factories import add_members

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def answered(study):
    add_people(study, 4, skill=0.8)
    StylisedImage.objects.update(loss=12345.6, seconds=1.5, recognised=0.7, device="cuda:0")
    add_members(
        creator="Anna", title="A blanket", licence="CC BY 4.0", page_url="https://x.example"
    )
    return study


def first(page):
    return page.locator("a.target-frame").first


def test_an_image_opens_by_keyboard_and_gives_the_focus_back(desk, answered):
    page = desk()
    page.goto("/results/textures/words/fusafusa/")
    first(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_have_accessible_name(re.compile("fusafusa"))
    image = StylisedImage.objects.get(pk=first(page).get_attribute("href").split("/")[-2])
    expect(dialog).to_contain_text(image.sha256)
    expect(dialog).to_contain_text(image.recipe.sha256)
    expect(dialog).to_contain_text("all agree")
    expect(dialog.get_by_role("link", name="A blanket").first).to_have_attribute(
        "href", "https://x.example"
    )
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(first(page)).to_be_focused()


def test_its_votes_are_those_of_the_table(desk, answered):
    page = desk()
    page.goto("/results/textures/words/fusafusa/")
    shown = page.locator(".votes tbody figcaption").first.inner_text()
    votes, answers = re.match(r"(\d+) of (\d+)", shown).groups()
    first(page).click()
    row = page.locator("dialog tr.own td")
    expect(row.nth(0)).to_have_text(votes)
    expect(row.nth(1)).to_have_text(answers)


def test_it_stays_open_while_figures_move(desk, answered, monkeypatch):
    monkeypatch.setattr("analysis.live._LIVE_S", 0.2)
    page = desk()
    page.goto("/results/textures/words/fusafusa/")
    first(page).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    add_people(answered, 1, seed=5)
    expect(page.locator(".as-of")).to_contain_text("40 answers")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("dialog tr.own")).to_have_count(1)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_without_javascript_it_is_a_page(desk, answered):
    page = desk(java_script_enabled=False)
    page.goto("/results/textures/words/fusafusa/?language=ja")
    first(page).click()
    expect(page).to_have_url(re.compile(r"/stimuli/\d+/\?language=ja$"))
    expect(page.locator("h1")).to_contain_text("fusafusa")
    expect(page.locator("tr.own")).to_have_count(1)


def test_a_frame_has_a_mark_beside_its_colour(desk, answered):
    page = desk()
    page.goto("/results/textures/words/fusafusa/")
    frame = first(page)
    expect(frame).to_have_css("border-top-color", "rgb(213, 94, 0)")
    content = frame.evaluate("frame => getComputedStyle(frame, '::after').content")
    assert "✓" in content


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_for_everybody(desk, answered, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/results/textures/words/fusafusa/")
    assert_accessible(page)
    assert page.evaluate(SIDEWAYS) <= 0
    first(page).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto(first(page).get_attribute("href"))
    assert_accessible(page)
    assert page.evaluate(SIDEWAYS) <= 0
