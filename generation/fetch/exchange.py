"""One request and its answer, and what each way to fail means."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
import urllib3
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.util import parse_url

from generation.fetch.base import Fetched, FetchError, Limits, PassingError, shortened
from generation.fetch.body import check_length, read_body
from generation.fetch.clock import Clock
from generation.fetch.optout import check_tag

_CHUNK = 65_536
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_ORIGIN_HEADERS = ("Date", "ETag", "Last-Modified", "Link")


@dataclass(frozen=True)
class Moved:
    """An answer that names another address."""

    url: str


@dataclass(frozen=True)
class Exchange:
    """A request within its limits and on its clock; without `obey`, X-Robots-Tag says nothing."""

    session: requests.Session
    request: requests.PreparedRequest
    limits: Limits
    clock: Clock
    obey: bool

    @property
    def url(self) -> str:
        return self.request.url or ""

    @property
    def host(self) -> str:
        return (parse_url(self.url).host or "").rstrip(".")

    def run(self) -> Fetched | Moved:
        """One try; raises PassingError where another one may help, or another FetchError."""
        try:
            with self.clock.running(), self._send() as response:
                came = self._take(response)
        except FetchError:
            raise
        # Whatever a library raises, and whatever a connection that was shut down makes of it.
        except Exception as error:
            raise (self._late() if self.clock.expired else self._reason(error)) from error
        if self.clock.expired:  # the end of the data may have been the end of the time
            raise self._late()
        return came

    def _send(self) -> requests.Response:
        left = max(self.clock.left, 0.001)
        timeout = (min(self.limits.connect, left), min(self.limits.read, left))
        return self.session.send(self.request, stream=True, allow_redirects=False, timeout=timeout)

    def _take(self, response: requests.Response) -> Fetched | Moved:
        headers = response.headers
        if response.is_redirect:
            return Moved(_joined(self.url, headers["Location"]))
        _check_status(response)
        if self.obey:
            check_tag(headers.get("X-Robots-Tag", ""))
        check_length(headers.get("Content-Length", ""), self.limits.size)
        return Fetched(
            data=read_body(
                response.raw.stream(_CHUNK, decode_content=False),
                encoding=headers.get("Content-Encoding", ""),
                limit=self.limits.size,
            ),
            final_url=self.url,
            status=response.status_code,
            content_type=headers.get("Content-Type", ""),
            headers={name: headers[name] for name in _ORIGIN_HEADERS if name in headers},
        )

    def _reason(self, error: Exception) -> FetchError:
        match error:
            case InvalidIPAddress():
                return FetchError(
                    f"expected a public address, got {error} for {self.host}", for_good=True
                )
            case ValueError():  # what requests and urllib3 raise of addresses
                return bad_address(self.url)
            case requests.exceptions.SSLError():
                return FetchError(
                    f"expected TLS and a valid certificate from {self.host}, got neither or one",
                    for_good=False,
                )
            case requests.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
                return FetchError(
                    f"expected data from {self.host}, got none for {self.limits.read:g} s",
                    for_good=False,
                )
        if isinstance(error.__cause__, socket.gaierror):
            return PassingError(f"expected an address of {self.host}, found none")
        return PassingError(
            f"expected an answer from {self.host}, got a broken connection or none: "
            f"{type(error).__name__}"
        )

    def _late(self) -> FetchError:
        return FetchError(
            f"expected the whole answer within {self.clock.seconds:g} s, got a part of it",
            for_good=False,
        )


def bad_address(url: str) -> FetchError:
    return FetchError(f"expected an http or https address, got {shortened(url)!r}", for_good=True)


def _joined(url: str, location: str) -> str:
    # Header lines are read as Latin-1, and addresses in them written in UTF-8.
    location = location.encode("latin-1").decode(errors="replace")
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise bad_address(location) from error


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    came = f"expected status 200, got {status} {response.reason or ''}".rstrip()[:120]
    if status in _PASSING:
        raise PassingError(came, status=status, after=_retry_after(response))
    if status != 200:
        raise FetchError(came, for_good=status < 500, status=status)


def _retry_after(response: requests.Response) -> float | None:
    """The seconds that the host asks for; None if it asks for none, or nobody understands it."""
    try:
        return urllib3.Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, ValueError, urllib3.exceptions.InvalidHeader):
        return None
