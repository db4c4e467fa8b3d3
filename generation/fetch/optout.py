"""Who does not want to be collected: robots.txt, and X-Robots-Tag."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from urllib.parse import urlsplit

from protego import Protego

from generation.fetch.base import Fetched, FetchError

# "none" is short for "noindex, nofollow".
_REFUSALS = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})


class Robots:
    """The robots.txt of every origin, read once a run by `read`."""

    def __init__(self, read: Callable[[str], Fetched], *, user_agent: str) -> None:
        self._read = read
        self._agent = user_agent.partition("/")[0]
        self._lock = threading.Lock()
        self._rules: dict[str, Future[Protego | FetchError]] = {}

    def check(self, url: str) -> None:
        """FetchError for good where `url` is disallowed, for now where nobody can tell."""
        rules = self._of(url)
        if isinstance(rules, FetchError):
            raise FetchError(
                f"robots.txt: {rules.reason}", for_good=rules.for_good, status=rules.status
            )
        if not rules.can_fetch(url, self._agent):
            raise FetchError("expected leave to collect, got robots.txt's refusal", for_good=True)

    def _of(self, url: str) -> Protego | FetchError:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._lock:
            first = origin not in self._rules
            rules = self._rules.setdefault(origin, Future())
        if first:
            try:
                rules.set_result(self._load(origin))
            # Also what nobody thought of: the threads that wait here must not wait for ever.
            except BaseException as error:
                rules.set_exception(error)
        return rules.result()

    def _load(self, origin: str) -> Protego | FetchError:
        try:
            text = self._read(f"{origin}/robots.txt").data.decode(errors="replace")
        except FetchError as error:
            if not _is_missing(error.status):
                return error
            text = ""
        return Protego.parse(text)


def check_tag(tag: str) -> None:
    """FetchError for good if an X-Robots-Tag refuses, whichever collector it speaks to."""
    for directive in tag.lower().split(","):
        word = directive.rpartition(":")[2].strip()
        if word in _REFUSALS:
            raise FetchError(
                f"expected leave to collect, got X-Robots-Tag {word!r}", for_good=True, status=200
            )


def _is_missing(status: int | None) -> bool:
    """RFC 9309: what the host denies is as good as absent, but a busy host has said nothing."""
    return status is not None and 400 <= status < 500 and status != 429
