"""A browser without a screen: it reads pages' forms and links, and sends what a person would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.conf import settings
from django.http.request import validate_host
from django.test import Client
from django.utils import translation

from survey.errors import SimulationError

_REDIRECTS = (301, 302, 303)


@dataclass
class Page:
    """What a person can use of a page: the questionnaire's form and the way on."""

    path: str
    hidden: dict[str, str] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    link: str = ""
    has_form: bool = False


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.page = Page(path)
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = values.get("id") == "survey-form"
            self.page.has_form |= self._inside
        elif tag == "a" and values.get("id") == "survey-next":
            self.page.link = values["href"]
        elif tag == "input" and self._inside:
            self._read_input(values)
        elif tag == "img" and self._inside:
            self.page.images.append(values["src"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _read_input(self, values: dict[str, str]) -> None:
        if values["type"] == "hidden":
            self.page.hidden[values["name"]] = values["value"]
        elif values["type"] == "radio":
            self.page.cells.append(values["value"])


class Browser:
    """Goes from page to page as a participant, with cookies and the CSRF check."""

    def __init__(self, language: str) -> None:
        scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
        host = _allowed_host()
        headers = {"accept-language": language, "referer": f"{scheme}://{host}/"}
        self._client = Client(enforce_csrf_checks=True, SERVER_NAME=host, headers=headers)
        self._secure = scheme == "https"

    def open(self, path: str) -> Page:
        while True:
            with translation.override(None):  # a page changes its thread's language
                response = self._client.get(path, secure=self._secure)
            if response.status_code not in _REDIRECTS:
                return _read(path, response.status_code, response.content.decode())
            path = response["Location"]

    def send(self, page: Page, **answers: str | int) -> Page:
        """Post the page's form with its hidden fields, and follow to the next page."""
        if not page.has_form:
            raise SimulationError(f"expected a form on {page.path}, found none")
        data = {**page.hidden, **answers}
        with translation.override(None):
            response = self._client.post(page.path, data, secure=self._secure)
        if response.status_code in _REDIRECTS:
            return self.open(response["Location"])
        return _read(page.path, response.status_code, response.content.decode())


def _allowed_host() -> str:
    allowed = settings.ALLOWED_HOSTS
    return "localhost" if validate_host("localhost", allowed) else allowed[0].lstrip(".")


def _read(path: str, status: int, html: str) -> Page:
    if status != 200:
        raise SimulationError(f"expected a page at {path}, got status {status}")
    reader = _Reader(path)
    reader.feed(html)
    return reader.page
