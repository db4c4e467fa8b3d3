"""Fetches: redirects, tries and politeness around single exchanges."""

from __future__ import annotations

import random
from dataclasses import replace
from types import TracebackType

import requests

from generation.fetch.addresses import open_session
from generation.fetch.base import USER_AGENT, Fetched, FetchError, Limits, PassingError
from generation.fetch.clock import Clock
from generation.fetch.exchange import Exchange, Moved, bad_address
from generation.fetch.hosts import Host, Hosts
from generation.fetch.optout import Robots

TRIES = 3
REDIRECTS = 5
LONGEST_WAIT = 60.0
# RFC 9309 has a reader take at least 500 KiB.
_ROBOTS_SIZE = 512_000


class Fetcher:
    """Fetches for one run, from any number of threads; a context manager.

    `allow` names hosts as "host:port" that may have a private address, such as a gallery on an
    intranet. Without `polite`, neither connections nor requests to a host are limited: for
    measurements against one's own server. `user_agent` is a product with its version, and best
    with an address to write to.
    """

    def __init__(
        self,
        *,
        user_agent: str = USER_AGENT,
        allow: frozenset[str] = frozenset(),
        limits: Limits | None = None,
        polite: bool = True,
    ) -> None:
        self._limits = limits or Limits()
        self._session = open_session(user_agent, allow)
        self._hosts = Hosts(delay=self._limits.delay, polite=polite)
        self._robots = Robots(self._fetch_robots, user_agent=user_agent)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def fetch(self, url: str) -> Fetched:
        """What is at `url`, after at most 5 redirects and 3 tries of each.

        Raises FetchError with what was expected and what came.
        """
        return self._follow(url, self._limits, obey=True)

    def _fetch_robots(self, url: str) -> Fetched:
        limits = replace(self._limits, size=_ROBOTS_SIZE)
        return self._follow(url, limits, obey=False)

    def _follow(self, url: str, limits: Limits, *, obey: bool) -> Fetched:
        clock = Clock(limits.total)
        for _ in range(1 + REDIRECTS):
            request = self._prepare(url)
            exchange = Exchange(self._session, request, limits, clock, obey)
            if obey:
                self._robots.check(exchange.url)
            came = self._try(exchange, TRIES)
            if isinstance(came, Fetched):
                return came
            url = came.url
        raise FetchError(f"expected at most {REDIRECTS} redirects, got more", for_good=True)

    def _prepare(self, url: str) -> requests.PreparedRequest:
        # requests leaves other schemes as they are, and takes "httpfoo:" for one of its own.
        if not url.lower().startswith(("http://", "https://")):
            raise bad_address(url)
        try:
            return self._session.prepare_request(requests.Request("GET", url))
        except ValueError as error:
            raise bad_address(url) from error

    def _try(self, exchange: Exchange, tries: int) -> Fetched | Moved:
        host = self._hosts[exchange.host]
        try:
            with host.turn():
                came = exchange.run()
        except PassingError as error:
            if tries == 1 or not self._wait(error, TRIES - tries, exchange.clock, host):
                host.note(failed=True)
                raise
        except FetchError as error:
            host.note(failed=not error.for_good)
            raise
        else:
            host.note(failed=False)
            return came
        return self._try(exchange, tries - 1)

    def _wait(self, error: PassingError, tried: int, clock: Clock, host: Host) -> bool:
        """Wait for another try, and say that; or say that there is no time for one."""
        after = error.after
        if after is None:
            return clock.sleep(self._limits.backoff * 2**tried * random.uniform(0.5, 1.5))
        host.pause(min(after, LONGEST_WAIT))
        return after <= LONGEST_WAIT and clock.sleep(after)
