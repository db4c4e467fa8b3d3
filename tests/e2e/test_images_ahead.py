"""Images are there before they are needed, and the clock waits for those that are not."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from survey.models import Trial
from tests.e2e import walk
from tests.survey.studies import make_study

pytestmark = pytest.mark.e2e

_AT_ONCE = 6
# What the browser tells when a person leaves the tab and comes back to it.
_LEAVE = """() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("blur"));
}"""
_COME_BACK = """() => {
    Object.defineProperty(document, "hidden", { value: false, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("focus"));
}"""


def stored(page: Page) -> Trial:
    """The answer that was given last."""
    walk.wait_until_stored(page)
    return Trial.objects.answered().last()


def sources(page: Page) -> list[str]:
    return page.locator(".cell img").evaluate_all("all => all.map(i => i.getAttribute('src'))")


def upcoming(page: Page) -> list[str]:
    """The images of the next questions, in their order, without those that are shown now."""
    questions = json.loads(page.locator("#upcoming").text_content())
    urls = [cell["url"] for question in questions for cell in question["cells"]]
    return [url for url in dict.fromkeys(urls) if url not in sources(page)]


def await_all(page: Page, urls: list[str]) -> None:
    page.wait_for_function(
        """urls => urls.every(
            url => performance.getEntriesByName(new URL(url, location).href).length)""",
        arg=urls,
    )


def test_the_images_of_two_grids_are_loaded_ahead_a_few_at_a_time(open_context, live_server):
    make_study(contents=4)
    page = open_context().new_page()
    walk.to_first_question(page)
    while len(upcoming(page)) <= _AT_ONCE:  # questions about the same photograph share images
        walk.answer(page, 0)
        walk.wait_until_stored(page)
        page.reload()
    shown = sources(page)
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        path = "/" + route.request.url.split("/", 3)[3]
        if path in shown:
            route.continue_()
        else:
            asked.append(path)
            held.append(route)

    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.route("**/media/**", hold)
    page.reload(wait_until="domcontentloaded")
    expected = upcoming(page)
    for _ in expected:
        walk.wait_for(page, lambda: held)
        assert len(held) <= _AT_ONCE
        held.pop(0).continue_()
    await_all(page, expected)
    assert asked == expected  # the most urgent first, and none twice


def test_the_next_question_is_there_without_a_network(page, study):
    walk.to_first_question(page)
    await_all(page, upcoming(page))
    page.context.set_offline(True)
    walk.answer(page, 0)
    walk.start_the_clock(page)
    walk.choose(page, 1)
    walk.press_next(page)
    page.context.set_offline(False)
    walk.leave(page, "2/8")
    trial = stored(page)
    assert trial.order == 1
    assert trial.response_ms is not None
    assert trial.load_ms is not None


def test_an_image_that_fails_once_is_loaded_again(page, study):
    walk.to_first_question(page)
    broken = sources(page)[0]
    page.route(f"**{broken}", lambda route: route.abort())
    page.reload()
    walk.start_the_clock(page)
    assert sources(page)[0] == f"{broken}?retry=1"
    walk.answer(page, 3)
    assert stored(page).response_ms is not None


def test_an_image_that_does_not_come_is_told_and_leaves_the_time_unknown(page, study):
    walk.to_first_question(page)
    broken = sources(page)[0]
    page.route(f"**{broken}*", lambda route: route.abort())
    page.reload()
    first = page.locator(".cell").first
    expect(first).to_contain_text("could not be loaded")
    expect(first.locator("img")).to_have_attribute("alt", "Image 1")
    expect(page.locator(".missing:visible")).to_have_count(1)
    walk.assert_nothing_scrolls(page)
    walk.answer(page, 0)
    expect(page.locator(".missing:visible")).to_have_count(0)
    trial = stored(page)
    assert trial.chosen_id == trial.grid[0]
    assert (trial.response_ms, trial.load_ms) == (None, None)


def test_the_clock_starts_when_every_image_is_there(page, study):
    walk.to_first_question(page)
    late = sources(page)[8]
    held: list[Route] = []
    page.route(f"**{late}", lambda route: held.append(route))  # noqa: PLW0108 (a builtin fails)
    page.reload(wait_until="domcontentloaded")
    walk.wait_for(page, lambda: held)
    walk.choose(page, 3)
    walk.answer(page, 3)  # chosen before the last image came
    held.pop().continue_()
    trial = stored(page)
    assert (trial.response_ms, trial.load_ms) == (None, None)


def test_the_time_is_that_of_the_last_choice(page, study):
    walk.to_first_question(page)
    walk.start_the_clock(page)
    walk.choose(page, 3)
    began = page.evaluate("performance.now()")
    page.wait_for_function("began => performance.now() > began + 400", arg=began)
    walk.answer(page, 4)
    assert stored(page).response_ms >= 400


def test_leaving_the_page_counts_once(page, study):
    walk.to_first_question(page)
    for _ in range(2):
        page.evaluate(_LEAVE)
        page.evaluate(_COME_BACK)
    walk.answer(page, 0)
    assert stored(page).blurs == 2
    walk.answer(page, 0)
    assert stored(page).blurs == 0
