"""Filters in a real browser: of the whole page and its links, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from survey.models import Participant
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def answered(study):
    """Three who finished, one who did not, and two pilots who speak English."""
    add_people(study, 3)
    left = add_people(study, 1, answered=0.5, seed=1)
    assert left[0].finished_at is None
    pilots = add_people(study, 2, origin="pilot", seed=2)
    Participant.objects.filter(pk__in=[each.pk for each in pilots]).update(language="en")
    return study


def n(page):
    return int(page.locator("tfoot td").nth(3).inner_text())


def stays(page):
    """Marks the page, so that a reload is noticed."""
    page.evaluate("globalThis.isTheSame = true")
    return lambda: page.evaluate("globalThis.isTheSame === true")


def test_a_filter_takes_effect_at_once_without_a_reload(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    before, is_the_same = n(page), stays(page)
    page.get_by_label("Who did not finish").select_option("out")
    expect(page.locator(".left-out")).to_contain_text(
        re.compile(r"^Left out: 1 person did not finish \(\d+ answers\)")
    )
    left_out = int(re.search(r"(\d+) answers", page.locator(".left-out").inner_text())[1])
    assert n(page) == before - left_out == 3 * 6
    assert "incomplete=out" in page.url
    assert is_the_same()


def test_it_is_kept_in_links_and_the_export_until_reset(desk, answered):
    page = desk()
    page.goto("/results/textures/words/?incomplete=out&origin=live")
    page.locator(".tabs a", has_text="Photographs").click()
    expect(page).to_have_url(re.compile("contents/.*incomplete=out"))
    page.locator(".tabs a", has_text="Data").click()
    expect(page).to_have_url(re.compile("data/.*incomplete=out"))
    link = page.get_by_role("link", name="answers.csv").get_attribute("href")
    assert "incomplete=out" in link
    page.get_by_role("link", name="Reset").click()
    expect(page).to_have_url(re.compile(r"/data/$"))
    expect(page.get_by_role("link", name="Reset")).to_have_count(0)


def test_the_way_back_leads_through_what_was_chosen(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    everybody = n(page)
    page.get_by_label("pilot").check()
    expect(page.locator("tfoot td").nth(3)).to_have_text(str(everybody + 2 * 6))
    page.locator("select[name=language]").select_option("en")
    expect(page.locator("tfoot td").nth(3)).to_have_text(str(2 * 6))
    page.go_back()
    expect(page.locator("tfoot td").nth(3)).to_have_text(str(everybody + 2 * 6))
    page.go_back()
    expect(page.locator("tfoot td").nth(3)).to_have_text(str(everybody))
    expect(page.get_by_label("pilot")).not_to_be_checked()
    expect(page.locator("select[name=language]")).to_have_value("")


def test_the_focus_stays_where_it_was(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    pilots = page.get_by_label("pilot")
    pilots.focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("origin=pilot"))
    expect(page.locator(".left-out a")).to_be_visible()
    expect(pilots).to_be_focused()
    expect(pilots).to_be_checked()


def test_what_the_page_itself_asks_for_is_kept(desk, answered):
    page = desk()
    page.goto("/results/textures/questions/?word=fusafusa")
    page.get_by_label("Who did not finish").select_option("out")
    expect(page).to_have_url(re.compile("word=fusafusa.*incomplete=out"))
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_form_of_the_page_keeps_the_filters(desk, answered):
    page = desk()
    page.goto("/results/textures/questions/?incomplete=out&origin=live&origin=pilot")
    form = page.locator("form.filters")
    form.locator("select[name=word]").select_option("fusafusa")
    form.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("incomplete=out"))
    expect(page).to_have_url(re.compile("origin=live&origin=pilot"))
    expect(page.locator("tbody tr")).to_have_count(2)


def test_without_javascript_there_is_a_button(desk, answered):
    page = desk(java_script_enabled=False)
    page.goto("/results/textures/words/")
    page.locator("select[name=language]").select_option("ja")
    page.locator("form.filters, form[aria-label]").get_by_role("button", name="Show").first.click()
    expect(page).to_have_url(re.compile("language=ja"))
    expect(page.locator("select[name=language]")).to_have_value("ja")
    expect(page.get_by_role("link", name="Reset")).to_be_visible()


def test_on_a_phone_the_bar_is_one_line_that_opens(desk, answered):
    page = desk(width=390)
    page.goto("/results/textures/words/?language=ja")
    expect(page.locator("select[name=language]")).to_be_hidden()
    expect(page.locator(".selection summary")).to_contain_text("Japanese")
    assert page.locator(".selection").bounding_box()["height"] < 100
    page.locator(".selection summary").click()
    page.get_by_label("Who did not finish").select_option("out")
    expect(page.locator(".left-out")).to_contain_text("did not finish")
    expect(page.locator("select[name=language]")).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_for_everybody(desk, answered, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/results/textures/words/?incomplete=out&origin=live&origin=pilot")
    if width == 390:
        page.locator(".selection summary").click()
    assert_accessible(page)
    assert page.evaluate(SIDEWAYS) <= 0
