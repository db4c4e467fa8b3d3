"""No answer is lost or doubled, whatever happens to the network, the tab, or the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from survey.models import Participant, Study, Trial
from tests.e2e import walk

pytestmark = pytest.mark.e2e

_QUESTION = "**/s/textures/question/"
_NO_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); },
})"""
_FULL_STORAGE = """Storage.prototype.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
}"""


class Sent:
    """The answers on their way to the server, held until they are let go."""

    def __init__(self, where: Page | BrowserContext) -> None:
        self.routes: list[Route] = []
        self.is_open = False
        where.route(_QUESTION, self._hold)

    def _hold(self, route: Route) -> None:
        if self.is_open or route.request.method != "POST":
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        self.is_open = True
        while self.routes:
            self.routes.pop(0).continue_()


def replies(page: Page, *handlers) -> list[str]:
    """Treat the first answers that are sent so, each with its handler; the rest as usual."""
    rest = list(handlers)
    posted: list[str] = []

    def handle(route: Route) -> None:
        if route.request.method == "POST":
            posted.append(route.request.post_data)
            if rest:
                rest.pop(0)(route)
                return
        route.continue_()

    page.route(_QUESTION, handle)
    return posted


def status(code: int, body: str = "") -> object:
    return lambda route: route.fulfill(status=code, body=body)


def lose_the_reply(route: Route) -> None:
    route.fetch()
    route.abort()


def cells() -> list[int]:
    return [t.grid.index(t.chosen_id) for t in Trial.objects.answered()]


def notice(page: Page):
    return page.get_by_role("status")


def test_offline_in_the_middle_and_back(page, study):
    walk.to_first_question(page)
    walk.answer(page, 0)
    walk.wait_until_stored(page)
    page.context.set_offline(True)
    for cell in (1, 2, 3):  # these were loaded ahead
        walk.choose(page, cell)
        walk.press_next(page)
    expect(notice(page)).to_have_text(
        "No connection. Your answers are kept in this browser and will be sent."
    )
    expect(page.locator("#survey-form button")).to_be_disabled()
    page.keyboard.press("Enter")
    assert cells() == [0]
    page.context.set_offline(False)
    expect(page.locator(".figures")).to_have_text("5/8")
    walk.wait_until_stored(page)
    expect(notice(page)).to_be_empty()
    assert cells() == [0, 1, 2, 3]


def test_the_receipt_comes_after_the_last_answer_is_stored(page, study):
    walk.to_first_question(page)
    for cell in range(7):
        walk.answer(page, cell)
    walk.wait_until_stored(page)
    page.context.set_offline(True)
    walk.choose(page, 7)
    walk.press_next(page)
    expect(notice(page)).to_contain_text("No connection")
    expect(page.locator(".figures")).to_have_text("8/8")
    page.context.set_offline(False)
    expect(page.locator("output").first).to_be_visible()
    assert cells() == list(range(8))


def test_a_slow_server_is_waited_for_quietly(page, study):
    walk.to_first_question(page)
    sent = Sent(page)
    for number in (1, 2, 3):
        expect(page.locator(".figures")).to_have_text(f"{number}/8")
        walk.choose(page, number)
        walk.press_next(page)
    expect(notice(page)).to_have_text("Saving…")
    walk.wait_for(page, lambda: sent.routes)
    assert len(sent.routes) == 1  # one at a time
    sent.let_go()
    expect(page.locator(".figures")).to_have_text("4/8")
    walk.wait_until_stored(page)
    assert cells() == [1, 2, 3]


@pytest.mark.parametrize("path", ["", "credits/", "question/"])
def test_a_closed_tab_s_answer_is_sent_by_the_next_page(open_context, study, path):
    context = open_context()
    page = context.new_page()
    walk.to_first_question(page)
    page.route(_QUESTION, lambda route: route.abort())
    walk.answer(page, 5)
    expect(notice(page)).to_contain_text("No connection")
    page.close()
    assert cells() == []
    page = context.new_page()
    page.goto(f"/s/textures/{path}")
    walk.wait_until_stored(page)
    assert cells() == [5]
    page.goto("/s/textures/question/")
    expect(page.locator(".figures")).to_have_text("2/8")


def test_a_reload_shows_no_answered_question_again(page, study):
    walk.to_first_question(page)
    sent = Sent(page)
    walk.answer(page, 5)
    walk.answer(page, 6)
    page.reload()
    expect(page.locator(".figures")).to_have_text("3/8")
    walk.choose(page, 7)
    walk.press_next(page)
    expect(notice(page)).to_have_text("Saving…")
    sent.let_go()
    expect(page.locator(".figures")).to_have_text("4/8")
    walk.wait_until_stored(page)
    assert cells() == [5, 6, 7]


def test_who_starts_anew_waits_for_the_answers_of_who_was_before(open_context, study):
    context = open_context()
    page = context.new_page()
    walk.to_first_question(page)
    sent = Sent(page)
    walk.answer(page, 5)
    walk.answer(page, 6)
    page.goto("/s/textures/")
    anew = page.get_by_role("button", name="Start anew")
    anew.click()
    expect(anew).to_have_attribute("aria-busy", "true")
    assert Participant.objects.count() == 1
    sent.let_go()
    expect(page.locator("h1")).to_have_text("Before you start")
    assert Participant.objects.count() == 2
    assert cells() == [5, 6]


@pytest.mark.parametrize(
    "handlers",
    [
        [status(500), status(503, "{}")],
        [status(429)],
        [status(200, "<title>Welcome to our hotel</title>")],
        [lose_the_reply],
        [lambda route: route.abort()],
    ],
    ids=["server errors", "too many requests", "a login page", "a lost reply", "no network"],
)
def test_what_fails_is_sent_again(page, study, handlers):
    walk.to_first_question(page)
    posted = replies(page, *handlers)
    walk.answer(page, 4)
    expect(notice(page)).to_contain_text("No connection")
    walk.wait_until_stored(page)
    expect(notice(page)).to_be_empty()
    assert len(posted) == len(handlers) + 1
    assert len(set(posted)) == 1
    assert cells() == [4]
    walk.answer(page, 3)
    walk.wait_until_stored(page)
    assert cells() == [4, 3]


def test_a_study_that_closes_says_so(page, study):
    walk.to_first_question(page)
    Study.objects.update(status="closed")
    walk.choose(page, 0)
    walk.press_next(page)
    expect(page.locator("h1")).to_contain_text("closed")
    walk.wait_until_stored(page)
    assert cells() == []


def change_kept(page: Page, script: str) -> None:
    """Run a script on the keys of the answers that the browser keeps, in their order."""
    page.evaluate(
        f"""() => {{
            const number = (key) => JSON.parse(localStorage.getItem(key)).number;
            const keys = Object.keys(localStorage).filter((key) => key.startsWith("answer "));
            keys.sort((a, b) => number(a) - number(b));
            {script}
        }}"""
    )


def test_an_answer_that_is_refused_is_told_and_asked_again(page, study):
    walk.to_first_question(page)
    page.route(_QUESTION, lambda route: route.abort())
    walk.answer(page, 5)
    change_kept(
        page,
        """const answer = JSON.parse(localStorage.getItem(keys[0]));
        localStorage.setItem(keys[0], JSON.stringify({ ...answer, position: 99 }));""",
    )
    page.unroute(_QUESTION)
    expect(page.get_by_role("alert")).to_contain_text("nothing was stored")
    expect(page.locator(".figures")).to_have_text("1/8")
    walk.answer(page, 5)
    walk.wait_until_stored(page)
    assert cells() == [5]
    page.reload()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_an_earlier_question_without_an_answer_is_asked_again(page, study):
    walk.to_first_question(page)
    page.route(_QUESTION, lambda route: route.abort())
    walk.answer(page, 5)
    walk.answer(page, 6)
    change_kept(page, "localStorage.removeItem(keys[0]);")
    page.unroute(_QUESTION)
    expect(page.locator(".figures")).to_have_text("1/8")
    walk.answer(page, 7)
    walk.answer(page, 8)
    walk.wait_until_stored(page)
    assert cells() == [7, 8]


def test_a_second_tab_does_not_change_the_answer(open_context, study):
    context = open_context()
    first = context.new_page()
    walk.to_first_question(first)
    second = context.new_page()
    second.goto("/s/textures/question/")
    first.bring_to_front()
    walk.answer(first, 0)
    walk.answer(first, 1)
    walk.wait_until_stored(first)
    second.bring_to_front()
    walk.answer(second, 8)  # its own question has an answer by now
    walk.answer(second, 7)  # and so has the one that it loaded ahead
    walk.wait_until_stored(second)
    expect(second.locator(".figures")).to_have_text("3/8")
    walk.answer(second, 6)
    first.bring_to_front()
    walk.answer(first, 5)
    walk.wait_until_stored(first)
    assert cells() == [0, 1, 6]


def test_of_two_tabs_one_sends(open_context, study):
    context = open_context()
    first = context.new_page()
    walk.to_first_question(first)
    second = context.new_page()
    second.goto("/s/textures/question/")
    first.bring_to_front()
    sent = Sent(context)
    walk.answer(first, 0)
    walk.wait_for(first, lambda: sent.routes)
    second.bring_to_front()
    walk.answer(second, 8)
    walk.answer(second, 7)
    assert len(sent.routes) == 1
    sent.let_go()
    for page in (first, second):
        walk.wait_until_stored(page)
    assert cells() == [0, 7]
    for page in (first, second):
        page.goto("/s/textures/question/")
        expect(page.locator(".figures")).to_have_text("3/8")


@pytest.mark.parametrize("script", [_NO_STORAGE, _FULL_STORAGE], ids=["denied", "full"])
def test_a_browser_that_keeps_nothing_sends_all_the_same(open_context, study, script):
    context = open_context()
    context.add_init_script(script)
    page = context.new_page()
    walk.to_first_question(page)
    replies(page, status(500))
    for cell in range(8):
        walk.answer(page, cell)
    expect(page.locator("output").first).to_be_visible()
    assert cells() == list(range(8))
