"""Politeness: how many requests a host gets at once, how soon, and when it is left alone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from generation.fetch.base import FetchError

CONNECTIONS = 2
FAILURES = 5
# As good as no limit: more than there are threads.
_MANY = 1_000


class Host:
    """One host's connections, its next time, and its failures in a row."""

    def __init__(self, name: str, *, connections: int, delay: float) -> None:
        self.name = name
        self._places = threading.BoundedSemaphore(connections)
        self._delay = delay
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and for the time; FetchError if the host is left alone by then."""
        self._check()
        with self._places:
            self._wait()
            self._check()
            yield

    def pause(self, seconds: float) -> None:
        """No request before then."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def note(self, *, failed: bool) -> None:
        """Count failures in a row: whole fetches, not each of their tries."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0

    def _wait(self) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                wait = self._next - now
                if wait <= 0:
                    self._next = now + self._delay
                    return
            time.sleep(wait)

    def _check(self) -> None:
        if self._failures >= FAILURES:
            raise FetchError(
                f"{self.name} failed {FAILURES} times in a row and is left alone for this run",
                for_good=False,
            )


class Hosts:
    """The hosts of a run, by name: ports and schemes of a machine share its politeness."""

    def __init__(self, *, delay: float, polite: bool) -> None:
        self._connections = CONNECTIONS if polite else _MANY
        self._delay = delay if polite else 0.0
        self._lock = threading.Lock()
        self._hosts: dict[str, Host] = {}

    def __getitem__(self, name: str) -> Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = Host(name, connections=self._connections, delay=self._delay)
            return self._hosts[name]
