"""A web server with everything that can go wrong between an address and its image."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image

from tests.generation.fakes.web_pictures import BOMB, FILES, PHOTOGRAPH
from tests.generation.pictures import encoded, noise

_DRIP = 0.02


class Web(ThreadingHTTPServer):
    """Runs on an ephemeral port; `asked` has the paths in the order they were asked for.

    `robots` is the body of robots.txt, or the status in place of one; `most_slow` is how many
    waited at /slow at once. The answer for the path `held` stops amid its body, and `reached` is
    set.
    """

    # With socketserver's 5, the sixth client at once would wait a second.
    request_queue_size = 64

    def __init__(self, robots: str | int = 404) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.netloc = f"127.0.0.1:{self.server_port}"
        self.robots = robots
        self.asked: list[str] = []
        self.slow = self.most_slow = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.held = ""
        self.reached = threading.Event()

    def url(self, path: str) -> str:
        return f"http://{self.netloc}{path}"

    def count(self, path: str) -> int:
        return Counter(self.asked)[path]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up here all the time."""


@contextlib.contextmanager
def serving(robots: str | int = 404) -> Iterator[Web]:
    with Web(robots) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield web
        finally:
            web.stopping.set()
            web.shutdown()
            thread.join()


def _picture(number: str) -> Image.Image:
    return noise(int(number), 160, 120)


class _Handler(BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked.append(self.path)
        path, _, argument = urlsplit(self.path).path[1:].partition("/")
        special = getattr(self, f"_{path.replace('.', '_')}", None)
        if special is not None:
            special(unquote(argument))
        elif self.path in FILES:
            kind, data = FILES[self.path]
            self._send(data, {"Content-Type": kind})
        else:
            self._send(b"", status=404)

    def _send(self, data: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.path == self.server.held:
            self.wfile.write(data[: len(data) // 2])
            self.server.reached.set()
            self.server.stopping.wait()
        self.wfile.write(data)

    def _picture(self, number: str) -> None:
        """/picture/7 is unlike all others, /smaller/7 the same of half the size."""
        self._send(encoded(_picture(number)))

    def _smaller(self, number: str) -> None:
        picture = _picture(number)
        half = (picture.width // 2, picture.height // 2)
        self._send(encoded(picture.resize(half, Image.Resampling.LANCZOS)))

    def _robots_txt(self, _argument: str) -> None:
        robots = self.server.robots
        if isinstance(robots, int):
            return self._send(b"", status=robots)
        # Many sites keep their robots.txt out of search results; that says nothing of the images.
        return self._send(robots.encode(), {"X-Robots-Tag": "noindex"})

    def _status(self, code: str) -> None:
        self._send(b"", status=int(code))

    def _to(self, location: str) -> None:
        """/to/ADDRESS leads to that address, quoted."""
        self._send(b"", {"Location": location}, 302)

    def _chain(self, length: str) -> None:
        """/chain/3 takes three redirects to the good photograph."""
        left = int(length) - 1
        self._send(b"", {"Location": f"/chain/{left}" if left else "/good.jpg"}, 301)

    def _loop(self, _argument: str) -> None:
        self._send(b"", {"Location": "/loop"}, 302)

    def _tag(self, value: str) -> None:
        self._send(PHOTOGRAPH, {"X-Robots-Tag": value})

    def _flaky(self, code: str) -> None:
        """Two refusals, then the photograph."""
        self._refused_before(2, int(code), {})

    def _busy(self, seconds: str) -> None:
        """One 429 with a Retry-After, then the photograph."""
        self._refused_before(1, 429, {"Retry-After": seconds})

    def _refused_before(self, times: int, status: int, headers: dict[str, str]) -> None:
        if self.server.count(self.path) <= times:
            self._send(b"", headers, status)
        else:
            self._send(PHOTOGRAPH)

    def _broken(self, _argument: str) -> None:
        """Hangs up amid the data, once."""
        if self.server.count(self.path) > 1:
            return self._send(PHOTOGRAPH)
        self._send(PHOTOGRAPH[:1000], {"Content-Length": str(len(PHOTOGRAPH))})
        self.close_connection = True
        return None

    def _slow(self, seconds: str) -> None:
        web = self.server
        with web.lock:
            web.slow += 1
            web.most_slow = max(web.most_slow, web.slow)
        web.stopping.wait(float(seconds))
        with web.lock:
            web.slow -= 1
        self._send(PHOTOGRAPH)

    def _large(self, _argument: str) -> None:
        self._send(b"", {"Content-Length": "99000000000"})

    def _endless(self, location: str) -> None:
        """Bytes for ever; /endless/ADDRESS leads to that address, too."""
        self.send_response(302 if location else 200)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.close_connection = True
        while not self.server.stopping.is_set():
            self.wfile.write(bytes(65_536))

    def _drip(self, _argument: str) -> None:
        """A byte now and then, sooner than any read timeout, for ever."""
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        self._drops()

    def _headerdrip(self, _argument: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._drops()

    def _drops(self) -> None:
        while not self.server.stopping.wait(_DRIP):
            self.wfile.write(b"a")

    def _bomb(self, _argument: str) -> None:
        self._send(BOMB, {"Content-Encoding": "gzip"})

    def _gzipped(self, _argument: str) -> None:
        self._send(gzip.compress(PHOTOGRAPH), {"Content-Encoding": "gzip"})

    def _halfgzipped(self, _argument: str) -> None:
        self._send(gzip.compress(PHOTOGRAPH)[:1000], {"Content-Encoding": "gzip"})

    def _encoded(self, encoding: str) -> None:
        """Claims an encoding that the data does not have."""
        self._send(PHOTOGRAPH, {"Content-Encoding": encoding})

    def _cookie(self, _argument: str) -> None:
        """Sets a cookie, and shows what it got."""
        self._send((self.headers["Cookie"] or "").encode(), {"Set-Cookie": "a=b; Path=/"})

    def _echo(self, _argument: str) -> None:
        self._send(str(self.headers).encode(), {"ETag": '"1"', "X-Other": "1"})
