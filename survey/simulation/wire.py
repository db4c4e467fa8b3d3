"""HTTP on one connection that stays open, with little work: who asks shares the server's cores.

http.client reads a reply's head with the parser of e-mails, in twice the time that all of this
takes.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from survey.errors import SimulationError

_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Reply:
    """What came back; the names of headers are in lower case, `cookies` are as they were set."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Site:
    """Where the site is, and under which name it is asked: one that it admits."""

    address: tuple[str, int]
    tls: bool
    host: str

    @classmethod
    def at(cls, url: str) -> Site:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SimulationError(f"expected an address such as http://127.0.0.1:8000, got {url!r}")
        tls = parts.scheme == "https"
        return cls((parts.hostname, parts.port or (443 if tls else 80)), tls, _host(parts.netloc))

    @property
    def scheme(self) -> str:
        """That of the pages' addresses, which a proxy may have unwrapped."""
        return "https" if self.tls or settings.SECURE_SSL_REDIRECT else "http"

    def connect(self) -> socket.socket:
        connected = socket.create_connection(self.address, timeout=_TIMEOUT_S)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            context = ssl.create_default_context()
            return context.wrap_socket(connected, server_hostname=self.address[0])
        return connected


def _host(netloc: str) -> str:
    allowed = settings.ALLOWED_HOSTS
    for host in (netloc, "localhost"):
        if validate_host(split_domain_port(host)[0], allowed):
            return host
    return str(allowed[0]).lstrip(".")


class Line:
    """A connection to the site, opened when it is needed. Its errors are OSErrors."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._socket: socket.socket | None = None
        self._file: BinaryIO

    def send(self, request: bytes) -> None:
        if self._socket is None:
            self._socket = self._site.connect()
            self._file = self._socket.makefile("rb")
        self._socket.sendall(request)

    def receive(self) -> Reply:
        try:
            status = int(self._line().split(b" ", 2)[1])
            headers, cookies = self._head()
            body = self._body(headers)
        except (ValueError, IndexError) as error:
            raise ConnectionError(f"expected a reply by HTTP: {error}") from error
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers, cookies, body)

    def close(self) -> None:
        if self._socket is not None:
            self._file.close()
            self._socket.close()
            self._socket = None

    def _line(self) -> bytes:
        line = self._file.readline(65_536)
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection was closed before the reply came")
        return line.rstrip(b"\r\n")

    def _head(self) -> tuple[dict[str, str], list[str]]:
        headers: dict[str, str] = {}
        cookies = []
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.lower(), value.strip()
            if name == "set-cookie":
                cookies.append(value)
            else:
                headers[name] = value
        return headers, cookies

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        headers["connection"] = "close"  # the only other way to say where a body ends
        return self._file.read()

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self._line().partition(b";")[0], 16):
            chunks.append(self._exactly(size))
            self._line()
        while self._line():  # headers may follow
            pass
        return b"".join(chunks)

    def _exactly(self, size: int) -> bytes:
        body = self._file.read(size)
        if len(body) != size:
            raise ConnectionError(f"the connection was closed after {len(body)} of {size} bytes")
        return body
