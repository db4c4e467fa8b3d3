"""A real Chromium against a live server."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from jobs.engines.inline import Engine as Inline
from jobs.services.workers import Presence
from jobs.worker import Worker
from tests.survey.studies import make_study

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _find_chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    message = "no Chromium: apt-get install chromium, or name its program in CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = _find_chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests' own queries are synchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_context(chromium, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser context: `open_context(width=390, language="ja", ...)`."""
    contexts: list[BrowserContext] = []

    def make(*, width: int = 1280, language: str = "en", **options) -> BrowserContext:
        size = {"width": width, "height": 844 if width == 390 else 800}
        locale = {"ja": "ja-JP", "en": "en-GB"}[language]
        context = chromium.new_context(
            base_url=live_server.url, viewport=size, locale=locale, **options
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def desk(open_context, admin_client, live_server) -> Callable[..., Page]:
    """A page of somebody signed in: `desk(width=390, language="ja")`."""

    def open_desk(**options) -> Page:
        context = open_context(**options)
        session = admin_client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return context.new_page()

    return open_desk


@pytest.fixture
def page(open_context) -> Page:
    return open_context().new_page()


@pytest.fixture
def study(live_server):
    return make_study()


@pytest.fixture
def worker(live_server) -> Iterator[None]:
    """A worker in a thread of the test, which takes whatever is queued."""
    over = threading.Event()

    def work() -> None:
        own = Worker(Inline(), batch_size=8)
        try:
            while not over.is_set():
                if not own.turn():
                    over.wait(0.05)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    with Presence(engine="inline", slots=1):
        thread.start()
        yield
        over.set()
        thread.join()
