"""The whole way, by pointer, by keyboard alone, and without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from survey.models import Participant, Trial
from tests.e2e import walk

pytestmark = pytest.mark.e2e

_HEADINGS = {
    "ja": r"(最も「.+」な画像を|変わっていない元の写真を)選んでください。",
    "en": r"Choose the (image that looks most “.+”|photograph that was not changed)\.",
}


def answered():
    return Trial.objects.answered().count()


def chosen_cells():
    return [t.grid.index(t.chosen_id) for t in Trial.objects.answered()]


@pytest.mark.parametrize(
    ("width", "language"), [(390, "ja"), (1280, "ja"), (390, "en"), (1280, "en")]
)
def test_the_whole_questionnaire(open_context, study, width, language):
    page = open_context(width=width, language=language).new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    walk.to_first_question(page, walk.assert_no_sideways_scroll)
    entries = page.evaluate("history.length")
    for number in range(1, 9):
        expect(page.locator(".figures")).to_have_text(f"{number}/8")
        expect(page.locator("progress")).to_have_js_property("value", number - 1)
        assert re.fullmatch(_HEADINGS[language], page.locator("h1").inner_text().strip())
        assert page.evaluate("history.length") == entries
        walk.start_the_clock(page)
        walk.assert_nothing_scrolls(page)
        walk.choose(page, number % 9)
        walk.assert_nothing_scrolls(page)
        walk.press_next(page)
        walk.leave(page, f"{number}/8")
    participant = Participant.objects.get()
    expect(page.locator("output").first).to_have_text(participant.completion_code)
    assert participant.language == language
    trials = list(participant.trials.all())
    assert [t.chosen_id for t in trials] == [t.grid[(n + 1) % 9] for n, t in enumerate(trials)]
    for trial in trials:
        assert 0 <= trial.response_ms < 60_000
        assert 0 <= trial.load_ms < 60_000
        assert trial.blurs == 0
        assert trial.screen["viewport_width"] == width
        assert trial.screen["image_width"] == trial.screen["image_height"] > 80
        assert trial.screen["pixel_ratio"] == 1
    assert problems == []


def test_by_keyboard_alone(page, study):
    page.goto("/s/textures/")
    for control in ("#survey-form button", "#survey-form button", "#survey-next"):
        enter(page, control)
    page.keyboard.press(str(walk.unchanged(page) + 1))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, "#survey-next")
    for number in range(1, 9):
        expect(page.locator(".figures")).to_have_text(f"{number}/8")
        page.keyboard.press("1")
        for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
            page.keyboard.press(key)
        expect(page.get_by_role("radio").nth(0)).not_to_be_checked()
        page.keyboard.press("Enter")
        walk.leave(page, f"{number}/8")
    # down, right, down, left, up: from cell 0 to the first of the second row
    expect(page.locator("output").first).to_be_visible()
    assert chosen_cells() == [3] * 8


def enter(page, selector):
    """Tab to the control and press Enter."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_without_javascript(open_context, study):
    page = open_context(width=390, java_script_enabled=False).new_page()
    walk.to_first_question(page)
    for _ in range(8):
        walk.choose(page, 4)
        walk.submit(page)
    expect(page.locator("output").first).to_be_visible()
    assert chosen_cells() == [4] * 8
    measured = Trial.objects.values_list("response_ms", "load_ms", "blurs")
    assert set(measured) == {(None, None, None)}


def test_a_wrong_practice_answer_gets_a_hint(page, study):
    walk.to_practice(page)
    walk.choose(page, (walk.unchanged(page) + 1) % 9)
    walk.submit(page)
    expect(page.get_by_role("alert")).to_contain_text("Look for the image")
    walk.assert_nothing_scrolls(page)


def test_the_back_button_leads_to_pages_and_not_to_a_form_that_is_sent_again(page, study):
    walk.to_practice(page)
    right = walk.unchanged(page)
    for cell in ((right + 1) % 9, right):
        walk.choose(page, cell)
        walk.submit(page)
    walk.go_on(page)
    page.go_back()
    expect(page.get_by_role("heading", name="That is right")).to_be_visible()
    page.go_back()  # no page of somebody who has practised
    expect(page.locator(".figures")).to_have_text("1/8")


@pytest.mark.parametrize("where", ["practice", "question"])
def test_nothing_chosen_stays_on_the_page_and_says_so(page, study, where):
    (walk.to_practice if where == "practice" else walk.to_first_question)(page)
    alert = page.get_by_role("alert")
    walk.press_until_told(page, lambda: page.keyboard.press("Enter"))
    walk.choose(page, 0)
    expect(alert).to_be_hidden()
    page.reload()
    walk.press_until_told(page, lambda: walk.press_next(page))
    expect(alert).to_have_text("Please choose an image first.")
    walk.assert_nothing_scrolls(page)
    assert page.url.endswith(f"/{where}/")
    assert answered() == 0


def test_the_choice_can_be_changed_until_next(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    page.keyboard.press("9")
    walk.answer(page, 2)
    walk.wait_until_stored(page)
    assert chosen_cells() == [2]
    expect(page.locator("input:checked")).to_have_count(0)


def test_a_double_click_stores_one_answer(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    page.locator("#survey-form button").dblclick()
    expect(page.locator(".figures")).to_have_text("2/8")
    expect(page.get_by_role("alert")).to_be_hidden()
    walk.wait_until_stored(page)
    assert answered() == 1


def test_enter_held_down_answers_one_question(page, study):
    walk.to_first_question(page)
    page.keyboard.press("1")
    for _ in range(5):  # the second and later ones are repeats
        page.keyboard.down("Enter")
    expect(page.locator(".figures")).to_have_text("2/8")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.keyboard.press("1")
    page.keyboard.down("Enter")
    expect(page.locator(".figures")).to_have_text("2/8")
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".figures")).to_have_text("3/8")
    walk.wait_until_stored(page)
    assert answered() == 2


def test_the_new_question_has_the_focus_and_is_read_out(page, study):
    walk.to_first_question(page)
    walk.answer(page, 8)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio").first).to_be_focused()
    names = page.locator(".cell img").evaluate_all("all => all.map(i => i.alt)")
    assert names == [f"Image {n}" for n in range(1, 10)]


def test_the_back_button_leads_to_the_next_question(page, study):
    walk.to_first_question(page)
    walk.answer(page, 0)
    walk.answer(page, 1)
    walk.wait_until_stored(page)
    page.goto("/s/textures/")
    page.go_back()
    expect(page.locator(".figures")).to_have_text("3/8")
    walk.answer(page, 2)
    walk.wait_until_stored(page)
    assert chosen_cells() == [0, 1, 2]


def test_leaving_and_coming_back_continues(page, study):
    walk.to_first_question(page)
    walk.answer(page, 0)
    walk.wait_until_stored(page)
    page.goto("/s/textures/")
    page.get_by_role("button", name="Continue where I stopped").click()
    expect(page.locator(".figures")).to_have_text("2/8")
    page.goto("/s/textures/")
    page.get_by_role("button", name="Start anew").click()
    expect(page.locator("h1")).to_have_text("Before you start")
    assert Participant.objects.count() == 2


def test_the_modules_are_small():
    folder = Path(finders.find("survey/question.js")).parent
    # setup.js is of the admin's pages, where a study is set up.
    own = [path for path in folder.glob("*.js") if path.name != "setup.js"]
    assert sum(path.stat().st_size for path in own) <= 15_000
