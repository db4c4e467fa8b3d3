"""The image providers' APIs, as far as they are used, on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "key-5f2a/91+c0de"
CLIENT_ID, CLIENT_SECRET = "client-77aa01", "secret-81cc42"
TOKEN = "token-31bd09"
CONTACT = "someone@example.org"

_BY = "https://creativecommons.org/licenses/by/2.0/"
_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_PDM = "https://creativecommons.org/publicdomain/mark/1.0/"
_BY_ND = "https://creativecommons.org/licenses/by-nd/4.0/"
# By the number of the image modulo five: Openverse's code and version, Commons' name, the URL.
_TERMS = (
    ("by", "2.0", "CC BY 2.0", _BY),
    ("cc0", "1.0", "CC0", _CC0),
    ("pdm", "1.0", "Public domain", _PDM),
    ("by-nd", "4.0", "CC BY-ND 4.0", _BY_ND),
    ("", "", "", ""),
)


@dataclass(frozen=True)
class Reply:
    """What is sent back instead of results: an object becomes JSON, text is sent as it is."""

    status: int
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What came: the path, the parameters of query or form, and the headers."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass
class Providers:
    """The server's state: `replies` are sent first, one a request; `requests` are those that came.

    `count` images exist for every query but "nothing"; image n has its address from `image_url`
    and is 200 + 10 n pixels wide and 400 high. With `repeats` every cursor points to its own page.
    `items` are put into the results as they are. While it is `held`, nothing is answered, and a
    request sets `reached`.
    """

    base: str = ""
    count: int = 100
    repeats: bool = False
    replies: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    held: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    image_url: Callable[[int], str] = "https://images.example.org/{}.jpg".format

    def settings(self, name: str) -> dict[str, str]:
        """What `open_source` needs to find this server."""
        path = {"openverse": "/v1/", "commons": "/w/api.php"}.get(name, "/search")
        keys = {"key": KEY} if name in ("brave", "bing") else {}
        return {"url": f"{self.base}/{name}{path}", "contact": CONTACT, **keys}

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        if self.replies:
            return self.replies.pop(0)
        return getattr(self, "_" + request.path.split("/")[1])(request)

    def _numbers(self, request: Request, start: int, size: int) -> range:
        query = request.params.get("q") or request.params["gsrsearch"]
        return range(start, 0 if query.endswith("nothing") else min(start + size, self.count))

    def _openverse(self, request: Request) -> Reply:
        if request.path.endswith("/token/"):
            if request.params["client_secret"] != CLIENT_SECRET:
                return Reply(401, {"error": "invalid_client"})
            return Reply(200, {"access_token": TOKEN, "expires_in": 43_200, "token_type": "Bearer"})
        page, size = int(request.params["page"]), int(request.params["page_size"])
        authorization = request.headers.get("authorization")
        if authorization not in (None, f"Bearer {TOKEN}") or (size > 20 and not authorization):
            return Reply(401, {"detail": "Authentication credentials were not valid."})
        numbers = self._numbers(request, (page - 1) * size, size)
        body = {
            "result_count": self.count, "page_count": -(-self.count // size), "page_size": size,
            "page": page, "results": [*self.items, *map(self._openverse_item, numbers)],
        }  # fmt: skip
        return Reply(200, body, _openverse_limits(len(self.requests)))

    def _openverse_item(self, n: int) -> dict[str, Any]:
        # Openverse has nothing without a licence.
        code, version, _, licence_url = _TERMS[n % 4]
        return {
            "id": f"id-{n}", "title": f"Picture {n}", "url": self.image_url(n),
            "foreign_landing_url": f"https://example.org/{n}", "creator": "Hanako",
            "license": code, "license_version": version, "license_url": licence_url,
            "attribution": f'"Picture {n}" by Hanako', "filesize": None, "tags": [],
            "width": 200 + 10 * n, "height": 400, "mature": False,
        }  # fmt: skip

    def _commons(self, request: Request) -> Reply:
        start = int(request.params.get("gsroffset", 0))
        size = int(request.params["gsrlimit"])
        numbers = self._numbers(request, start, size)
        if not numbers and not self.items:
            return Reply(200, {"batchcomplete": True})
        # Pages come in the order of their ids, not of the search.
        pages = [self._commons_page(n, n - start + 1) for n in reversed(numbers)]
        body: dict[str, Any] = {"query": {"pages": [*self.items, *pages]}}
        if self.repeats or numbers.stop < self.count:
            offset = start if self.repeats else numbers.stop
            body["continue"] = {"gsroffset": offset, "continue": "gsroffset||"}
        return Reply(200, body)

    def _commons_page(self, n: int, index: int) -> dict[str, Any]:
        _, _, licence, licence_url = _TERMS[n % 5]
        told = {
            "LicenseShortName": licence, "LicenseUrl": licence_url,
            "Artist": '<a href="//x" title="User:H">Hanako <b>&amp;</b>\nTarō</a>',
        }  # fmt: skip
        info = {
            "url": self.image_url(n) + "?original", "thumburl": self.image_url(n),
            "thumbwidth": 200 + 10 * n, "thumbheight": 400, "width": 4_000, "height": 4_000,
            "descriptionurl": f"https://example.org/{n}", "mime": "image/jpeg",
            "extmetadata": {key: {"value": value} for key, value in told.items() if value},
        }  # fmt: skip
        return {
            "pageid": n, "ns": 6, "title": f"File:Picture {n}", "index": index, "imageinfo": [info],
        }  # fmt: skip

    def _brave(self, request: Request) -> Reply:
        if request.headers.get("x-subscription-token") != KEY:
            return Reply(422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "status": 422}})
        numbers = self._numbers(request, 0, int(request.params["count"]))
        results = [
            {
                "type": "image_result", "title": f"Picture {n}", "url": f"https://example.org/{n}",
                "thumbnail": {"src": f"https://thumbs.example.org/{n}"},
                "properties": {"url": self.image_url(n), "width": 200 + 10 * n, "height": 400},
            }
            for n in numbers
        ]  # fmt: skip
        limits = {
            "X-RateLimit-Limit": "1, 15000", "X-RateLimit-Remaining": "0, 14990",
            "X-RateLimit-Reset": "1, 1419704",
        }  # fmt: skip
        return Reply(200, {"type": "images", "results": [*self.items, *results]}, limits)

    def _bing(self, request: Request) -> Reply:
        if request.headers.get("ocp-apim-subscription-key") != KEY:
            return Reply(401, {"error": {"code": "401", "message": "Access denied."}})
        start = int(request.params["offset"])
        # A page may be smaller than what was asked for.
        numbers = self._numbers(request, start, min(35, int(request.params["count"])))
        value = [
            {
                "name": f"Picture {n}", "contentUrl": self.image_url(n), "imageId": f"id-{n}",
                "hostPageUrl": f"https://example.org/{n}", "width": 200 + 10 * n, "height": 400,
            }
            for n in numbers
        ]  # fmt: skip
        body = {
            "_type": "Images", "totalEstimatedMatches": 835, "currentOffset": start,
            "nextOffset": start if self.repeats else start + len(value),
            "value": [*self.items, *value],
        }  # fmt: skip
        return Reply(200, body)


def _openverse_limits(asked: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit-anon_burst": "20/min", "X-RateLimit-Available-anon_burst": "19",
        "X-RateLimit-Limit-anon_sustained": "200/day",
        "X-RateLimit-Available-anon_sustained": str(10 - asked),
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    providers: Providers

    def do_GET(self) -> None:
        self._serve(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, *_: object) -> None:
        """Requests are kept in `requests`."""

    def _serve(self, form: str) -> None:
        params = {key: values[-1] for key, values in parse_qs(form).items()}
        headers = {key.lower(): value for key, value in self.headers.items()}
        if self.providers.held:
            self.providers.reached.set()
            self.providers.stopping.wait()
            self.close_connection = True
            return
        reply = self.providers.answer(Request(urlsplit(self.path).path, params, headers))
        body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for key, value in reply.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except ConnectionError:  # the client has read enough
            self.close_connection = True


@contextmanager
def served(**state: Any) -> Iterator[Providers]:
    """The providers at `base`, until the block ends."""
    providers = Providers(**state)
    handler = type("Handler", (_Handler,), {"providers": providers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        providers.base = f"http://127.0.0.1:{server.server_port}"
        try:
            yield providers
        finally:
            providers.stopping.set()
            server.shutdown()
            thread.join()
