"""A browser without a screen: it reads pages, keeps cookies, and sends what a person would."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlsplit, urlunsplit

from survey.errors import SimulationError
from survey.simulation.pages import Page, read_page
from survey.simulation.wire import Line, Reply, Site

_REDIRECTS = (301, 302, 303)
_MOST_REDIRECTS = 10
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.05, 2.0
_LATER = 429  # and everything from 500 on: the same request may do at another time
Form = Mapping[str, str | int]


class StoppedError(SimulationError):
    """Somebody else's failure, or Ctrl-C, ends this bot's part as well."""


class Patience:
    """How long a request is tried again, and whether everybody is to stop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def check(self) -> None:
        if self._stop.is_set():
            raise StoppedError("stopped")

    def wait(self, attempt: int, since: float, problem: str) -> None:
        """Until the next attempt; SimulationError if the last success is too long ago."""
        if time.monotonic() - since > self._seconds:
            raise SimulationError(f"no success for {self._seconds:g} s: {problem}")
        self._stop.wait(min(_FIRST_WAIT_S * 2 ** min(attempt, 10), _LONGEST_WAIT_S))
        self.check()


@dataclass(frozen=True)
class Acknowledgement:
    """What the server said to an answer, and how long that took from the first sending on.

    `stored` is None where it did not say, as to a form without JavaScript; `refused` where another
    question is to be answered first. `upcoming` are the next questions, `go` is where to go on.
    """

    seconds: float = 0.0
    stored: bool | None = None
    refused: bool = False
    upcoming: list[dict[str, Any]] = field(default_factory=list)
    go: str | None = None


class Browser:
    """Goes from page to page as a participant, with cookies and the CSRF check.

    Every request is tried again while the server cannot be reached or says 5xx.
    """

    def __init__(
        self, site: Site, *, language: str, patience: Patience, images: bool = False
    ) -> None:
        self.retries = 0
        self._site = site
        self._patience = patience
        self._line = Line(site)
        self._other_line = Line(site)
        self._cookies: dict[str, str] = {}
        self._language = language
        self._seen: set[str] | None = set() if images else None
        self._head = self._write_head()

    def close(self) -> None:
        self._line.close()
        self._other_line.close()

    def open(self, path: str) -> Page:
        return self._follow(path, self._request("GET", path))

    def submit(self, page: Page, answers: Form) -> Page:
        """Post the page's form with its hidden fields, and follow to the next page."""
        if not page.has_form:
            raise SimulationError(f"expected a form on {page.path}, found none")
        return self._follow(page.path, self._request("POST", page.path, page.hidden | {**answers}))

    def answer(self, path: str, form: Form) -> Acknowledgement:
        """Send an answer as the page's script does."""
        started = time.perf_counter()
        reply = self._request("POST", path, form, accept="application/json")
        return self._acknowledged(path, reply, time.perf_counter() - started)

    def answer_by_form(self, path: str, form: Form) -> Acknowledgement:
        """Send an answer as the page does without its script."""
        started = time.perf_counter()
        reply = self._request("POST", path, form)
        seconds = time.perf_counter() - started
        if reply.status not in _REDIRECTS:
            raise SimulationError(f"expected to be sent on from {path}, got status {reply.status}")
        return Acknowledgement(seconds, go=_path(reply))

    def answer_twice(self, path: str, form: Form) -> list[Acknowledgement]:
        """Send the same answer over two connections before either has a reply.

        One that gets none is only missing here; both are sent again if need be.
        """
        request = self._compose("POST", path, form, "application/json")
        started = time.perf_counter()
        found = []
        sent = [line for line in (self._line, self._other_line) if _send(line, request)]
        for line in sent:
            if (reply := _receive(line)) and reply.status < 500 and reply.status != _LATER:
                seconds = time.perf_counter() - started
                found.append(self._acknowledged(path, reply, seconds))
        return found or [self.answer(path, form)]

    def send_and_hang_up(self, path: str, form: Form) -> None:
        """Send an answer, and lose the connection before its reply."""
        _send(self._other_line, self._compose("POST", path, form, "application/json"))
        self._other_line.close()

    def look_at(self, urls: list[str]) -> None:
        """Fetch the images that were not seen before, if images are fetched at all."""
        if self._seen is None:
            return
        for url in urls:
            if url not in self._seen:
                self._seen.add(url)
                reply = self._request("GET", url, accept="image/*")
                if reply.status != 200:
                    raise SimulationError(f"expected an image at {url}, got status {reply.status}")

    def _request(
        self, method: str, path: str, form: Form | None = None, accept: str = "text/html"
    ) -> Reply:
        started = time.monotonic()
        attempt = 0
        while True:
            self._patience.check()
            try:
                self._line.send(self._compose(method, path, form, accept))
                reply = self._line.receive()
            except OSError as error:
                self._line.close()
                problem = f"{path}: {error}"
            else:
                if reply.status < 500 and reply.status != _LATER:
                    self._keep(reply)
                    return reply
                problem = f"{path}: status {reply.status}"
            self.retries += 1
            self._patience.wait(attempt, started, problem)
            attempt += 1

    def _follow(self, path: str, reply: Reply) -> Page:
        for _ in range(_MOST_REDIRECTS):
            if reply.status not in _REDIRECTS:
                return self._read(path, reply)
            path = _path(reply)
            reply = self._request("GET", path)
        raise SimulationError(f"sent on again and again, at last to {path}")

    def _read(self, path: str, reply: Reply) -> Page:
        if reply.status != 200:
            raise SimulationError(f"expected a page at {path}, got status {reply.status}")
        page = read_page(path, reply.text)
        self.look_at(page.images)
        self._look_ahead(page.upcoming)
        return page

    def _acknowledged(self, path: str, reply: Reply, seconds: float) -> Acknowledgement:
        try:
            said = json.loads(reply.body)
        except ValueError:
            said = {"problem": "a reply that is not JSON"}
        # 409: an earlier answer is missing. What is asked now says which.
        if reply.status not in (200, 409):
            raise SimulationError(f"{path}: status {reply.status}: {said.get('problem')}")
        upcoming = said.get("upcoming", [])
        self._look_ahead(upcoming)
        return Acknowledgement(
            seconds, said.get("stored"), reply.status == 409, upcoming, said.get("go")
        )

    def _look_ahead(self, questions: list[dict[str, Any]]) -> None:
        if self._seen is not None:
            self.look_at([cell["url"] for question in questions for cell in question["cells"]])

    def _keep(self, reply: Reply) -> None:
        for cookie in reply.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            if value.strip('"'):
                self._cookies[name] = value
            else:  # how a cookie is taken back
                self._cookies.pop(name, None)
        if reply.cookies:
            self._head = self._write_head()

    def _write_head(self) -> str:
        """The lines that every request has."""
        site = self._site
        lines = [
            f"Host: {site.host}",
            f"Referer: {site.scheme}://{site.host}/",
            f"Accept-Language: {self._language}",
            "User-Agent: texturestudy-simulation",
        ]
        if site.scheme == "https" and not site.tls:
            lines.append("X-Forwarded-Proto: https")
        if self._cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            lines.append(f"Cookie: {pairs}")
        return "\r\n".join(lines)

    def _compose(self, method: str, path: str, form: Form | None, accept: str) -> bytes:
        body = b"" if form is None else _encoded(form)
        kind = (
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            if form is not None
            else ""
        )
        head = f"{method} {path} HTTP/1.1\r\n{self._head}\r\nAccept: {accept}\r\n{kind}\r\n"
        return head.encode("latin-1") + body


def _encoded(form: Form) -> bytes:
    return "&".join(f"{name}={_quoted(str(value))}" for name, value in form.items()).encode()


@lru_cache(10_000)  # most fields are the same from answer to answer
def _quoted(value: str) -> str:
    return quote_plus(value)


def _path(reply: Reply) -> str:
    """Where a reply sends on to, which is on the same site."""
    parts = urlsplit(reply.headers["location"])
    return urlunsplit(("", "", *parts[2:]))


def _send(line: Line, request: bytes) -> bool:
    try:
        line.send(request)
    except OSError:
        line.close()
        return False
    return True


def _receive(line: Line) -> Reply | None:
    try:
        return line.receive()
    except OSError:
        line.close()
        return None
