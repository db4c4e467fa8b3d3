"""What a participant does on the questionnaire's pages."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from survey.models import Option

Visit = Callable[[Page], object]


def submit(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#survey-form button").first.click()


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#survey-next").click()


def choose(page: Page, cell: int) -> None:
    page.locator(".cell").nth(cell).click()


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
    """Until every image is there and the clock runs."""
    page.wait_for_function(
        "[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth)"
    )
