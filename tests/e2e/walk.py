"""What a participant does on the questionnaire's pages."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from survey.models import Option

Visit = Callable[[Page], object]


def submit(page: Page) -> None:
    """Send a form that leads to another page."""
    with page.expect_navigation():
        page.locator("#survey-form button").first.click()


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#survey-next").click()


def choose(page: Page, cell: int) -> None:
    page.locator(".cell").nth(cell).click()


def answer(page: Page, cell: int) -> None:
    """Choose, and wait until the page shows something else."""
    before = figures(page)
    choose(page, cell)
    press_next(page)
    leave(page, before)


def press_next(page: Page) -> None:
    page.locator("#survey-form button").click()


def figures(page: Page) -> str:
    return page.locator(".figures").inner_text()


def leave(page: Page, before: str) -> None:
    """Wait until the question with these figures is not shown any more."""
    page.wait_for_function(
        "before => document.querySelector('.figures')?.textContent !== before", arg=before
    )


def wait_until_stored(page: Page) -> None:
    """Until the browser keeps no answer any more."""
    page.wait_for_function("() => !Object.keys(localStorage).some(k => k.startsWith('answer '))")


def to_practice(page: Page, visit: Visit = lambda _: None) -> None:
    """From the landing page to the practice question, with a visit to each page between."""
    page.goto("/s/textures/")
    visit(page)
    submit(page)
    visit(page)
    submit(page)
    visit(page)
    go_on(page)


def unchanged(page: Page) -> int:
    """The cell of the photograph on the practice page."""
    photographs = {o.content.file.url for o in Option.objects.exclude(content=None)}
    urls = page.locator(".cell img").evaluate_all("all => all.map(i => i.getAttribute('src'))")
    return next(cell for cell, url in enumerate(urls) if url in photographs)


def to_first_question(page: Page, visit: Visit = lambda _: None) -> None:
    to_practice(page, visit)
    visit(page)
    choose(page, unchanged(page))
    submit(page)
    visit(page)
    go_on(page)


def complete_grid(page: Page) -> None:
    """Until every image is there."""
    page.wait_for_function(
        "[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth)"
    )


def start_the_clock(page: Page) -> None:
    """Until every image is decoded and shown: then the response time begins."""
    complete_grid(page)
    page.evaluate(
        """async () => {
            await Promise.all([...document.querySelectorAll('.cell img')].map(i => i.decode()));
            for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
        }"""
    )


def wait_for(page: Page, condition: Callable[[], object]) -> None:
    """Until something holds that this side knows, such as a request that was held."""
    for _ in range(500):
        if condition():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it did not come about")


def press_until_told(page: Page, press: Callable[[], object]) -> None:
    """Press Next without a choice; what could be half of a double click is not told."""
    for _ in range(100):
        press()
        if page.get_by_role("alert").is_visible():
            return
        page.wait_for_timeout(20)
    raise AssertionError("nothing was said")


_SCROLLS = """() => [
    document.documentElement.scrollHeight > innerHeight,
    document.documentElement.scrollWidth > innerWidth,
]"""


def assert_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate(_SCROLLS)[1] is False


def assert_nothing_scrolls(page: Page) -> None:
    assert page.evaluate(_SCROLLS) == [False, False]
    button = page.locator("#survey-form button").bounding_box()
    size = page.viewport_size
    assert button
    assert size
    assert button["y"] + button["height"] <= size["height"]
    assert button["height"] >= 44
