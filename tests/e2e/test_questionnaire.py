import re

import pytest
from playwright.sync_api import expect

from survey.models import Participant, Trial
from tests.e2e import walk
from tests.survey.studies import make_study

pytestmark = pytest.mark.e2e

_SCROLLS = """() => [
    document.documentElement.scrollHeight > innerHeight,
    document.documentElement.scrollWidth > innerWidth,
]"""

_HEADINGS = {
    "ja": r"(最も「.+」な画像を|変わっていない元の写真を)選んでください。",
    "en": r"Choose the (image that looks most “.+”|photograph that was not changed)\.",
}


def assert_nothing_scrolls(page):
    assert page.evaluate(_SCROLLS) == [False, False]
    button = page.locator("#survey-form button").bounding_box()
    assert button["y"] + button["height"] <= page.viewport_size["height"]
    assert button["height"] >= 44


def answered():
    return Trial.objects.answered().count()


@pytest.mark.parametrize(
    ("width", "language"), [(390, "ja"), (1280, "ja"), (390, "en"), (1280, "en")]
)
def test_the_whole_questionnaire(open_context, study, width, language):
    page = open_context(width=width, language=language).new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    walk.to_first_question(page, assert_no_sideways_scroll)
    for number in range(1, 9):
        expect(page.locator(".progress")).to_contain_text(f"{number}/8")
        assert re.fullmatch(_HEADINGS[language], page.locator("h1").inner_text().strip())
        walk.complete_grid(page)
        assert_nothing_scrolls(page)
        walk.choose(page, number % 9)
        assert_nothing_scrolls(page)
        walk.submit(page)
    participant = Participant.objects.get()
    expect(page.locator("output")).to_have_text(participant.completion_code)
    assert participant.language == language
    trials = list(participant.trials.all())
    assert [t.chosen_id for t in trials] == [t.grid[(n + 1) % 9] for n, t in enumerate(trials)]
    for trial in trials:
        assert 0 <= trial.response_ms < 60_000
        assert trial.screen["viewport_width"] == width
        assert trial.screen["image_width"] > 80
        assert trial.screen["pixel_ratio"] == 1
    assert problems == []


def assert_no_sideways_scroll(page):
    assert page.evaluate(_SCROLLS)[1] is False


@pytest.mark.parametrize(("width", "columns"), [(390, 3), (1280, 4)])
def test_twelve_images_fit(open_context, live_server, width, columns):
    make_study(contents=1, words=4, options=12)
    page = open_context(width=width).new_page()
    walk.to_first_question(page)
    boxes = [cell.bounding_box() for cell in page.locator(".cell").all()]
    assert len(boxes) == 12
    assert sum(abs(box["y"] - boxes[0]["y"]) < 1 for box in boxes) == columns
    assert all(abs(box["width"] - box["height"]) < 1 for box in boxes)
    assert_nothing_scrolls(page)


def test_by_keyboard_alone(page, study):
    page.goto("/s/textures/")
    for control in ("#survey-form button", "#survey-form button", "#survey-next"):
        enter(page, control)
    page.keyboard.press(str(walk.unchanged(page) + 1))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, "#survey-next")
    for number in range(8):
        expect(page.locator(".progress")).to_contain_text(f"{number + 1}/8")
        page.keyboard.press("1")
        for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
            page.keyboard.press(key)
        expect(page.get_by_role("radio").nth(0)).not_to_be_checked()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    # down, right, down, left, up: from cell 0 to the first of the second row
    assert [t.grid.index(t.chosen_id) for t in Trial.objects.all()] == [3] * 8
    expect(page.locator("output")).to_be_visible()


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
        page.locator(".cell").nth(4).click()
        walk.submit(page)
    expect(page.locator("output")).to_be_visible()
    assert [t.grid.index(t.chosen_id) for t in Trial.objects.all()] == [4] * 8
    assert set(Trial.objects.values_list("response_ms", flat=True)) == {None}


def test_a_wrong_practice_answer_gets_a_hint(page, study):
    walk.to_practice(page)
    walk.choose(page, (walk.unchanged(page) + 1) % 9)
    walk.submit(page)
    expect(page.get_by_role("alert")).to_contain_text("Look for the image")
    assert_nothing_scrolls(page)


def test_selection_shows_a_ring_and_a_mark(page, study):
    walk.to_first_question(page)
    cell = page.locator(".cell").nth(5)
    expect(cell.locator(".mark")).to_be_hidden()
    walk.choose(page, 5)
    expect(cell.locator(".mark")).to_be_visible()
    assert cell.evaluate("c => getComputedStyle(c).outlineStyle") == "solid"
    assert cell.evaluate("c => parseFloat(getComputedStyle(c).outlineWidth)") >= 4


def test_nothing_chosen_stays_on_the_page(page, study):
    walk.to_first_question(page)
    page.keyboard.press("Enter")
    page.locator("#survey-form button").click()
    expect(page.locator(".progress")).to_contain_text("1/8")
    assert answered() == 0


def test_a_reload_loses_and_doubles_nothing(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    walk.submit(page)
    page.reload()
    expect(page.locator(".progress")).to_contain_text("2/8")
    assert answered() == 1


def test_a_double_click_stores_one_answer(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    page.locator("#survey-form button").dblclick()
    expect(page.locator(".progress")).to_contain_text("2/8")
    assert answered() == 1


def test_a_second_tab_does_not_change_the_answer(open_context, study):
    context = open_context()
    first = context.new_page()
    walk.to_first_question(first)
    second = context.new_page()
    second.goto("/s/textures/question/")
    walk.choose(first, 0)
    walk.submit(first)
    walk.choose(second, 8)
    walk.submit(second)
    for page in (first, second):
        expect(page.locator(".progress")).to_contain_text("2/8")
    trial = Trial.objects.answered().get()
    assert trial.chosen_id == trial.grid[0]


def test_the_back_button_leads_to_the_next_question(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    walk.submit(page)
    walk.choose(page, 1)
    walk.submit(page)
    page.go_back()
    walk.complete_grid(page)
    if page.locator("#survey-next").count():  # the browser skipped the questions' own entries
        page.goto("/s/textures/question/")
    expect(page.locator(".progress")).to_contain_text("3/8")
    walk.choose(page, 2)
    walk.submit(page)
    chosen = [t.grid.index(t.chosen_id) for t in Trial.objects.answered()]
    assert chosen == [0, 1, 2]


def test_the_next_questions_images_are_loaded_ahead(page, study):
    walk.to_first_question(page)
    upcoming = page.locator("#survey-form").get_attribute("data-upcoming").split()
    assert len(upcoming) == 9
    page.wait_for_function(
        """urls => urls.every(url =>
            performance.getEntriesByType('resource').some(entry => entry.name.endsWith(url)))""",
        arg=upcoming,
    )


def test_an_image_that_does_not_come_leaves_the_time_unknown(open_context, study):
    page = open_context().new_page()
    walk.to_first_question(page)
    broken = page.locator(".cell img").first.get_attribute("src")
    page.route(f"**{broken}", lambda route: route.abort())
    page.reload()
    walk.choose(page, 3)
    walk.submit(page)
    trial = Trial.objects.answered().get()
    assert trial.chosen_id == trial.grid[3]
    assert trial.response_ms is None


def test_leaving_and_coming_back_continues(page, study):
    walk.to_first_question(page)
    walk.choose(page, 0)
    walk.submit(page)
    page.goto("/s/textures/")
    page.get_by_role("button", name="Continue where I stopped").click()
    expect(page.locator(".progress")).to_contain_text("2/8")
    page.goto("/s/textures/")
    page.get_by_role("button", name="Start anew").click()
    expect(page.locator("h1")).to_have_text("Before you start")
    assert Participant.objects.count() == 2
