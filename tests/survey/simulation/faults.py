"""A server that fails half of the time, before or after it did what it was asked for."""

from __future__ import annotations

import contextlib
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

_KINDS = ("closed", "reply lost", "503", "500 after all")


class _Faults:
    """Which fault each request meets; `met` counts them."""

    def __init__(self, share: float) -> None:
        self.met: Counter[str] = Counter()
        self._share = share
        self._rng = Random(0)
        self._lock = threading.Lock()

    def draw(self, *kinds: str) -> str:
        """One of these, or "" for none; each is as probable as every other."""
        with self._lock:
            among = [kind if kind in kinds else "" for kind in _KINDS]
            fault = self._rng.choice(among) if self._rng.random() < self._share else ""
            self.met[fault] += bool(fault)
        return fault


def _handler(faults: _Faults) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            fault = faults.draw("closed", "reply lost")
            if fault == "reply lost":
                self.wfile = io.BytesIO()
            if fault != "closed":
                super().handle_one_request()
            if fault:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _faulty(faults: _Faults, application: Callable) -> Callable:
    def answer(environ: dict, start_response: Callable) -> list[bytes]:
        fault = faults.draw("503", "500 after all")
        if fault == "503":
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        if fault == "500 after all":
            application(environ, lambda *_: None).close()
            start_response("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        return application(environ, start_response)

    return answer


@contextlib.contextmanager
def faulty_server(share: float = 0.5) -> Iterator[tuple[str, Counter[str]]]:
    """Its address, and how often it failed in which way."""
    faults = _Faults(share)
    server = ThreadedWSGIServer(("127.0.0.1", 0), _handler(faults))
    server.set_app(_faulty(faults, get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults.met
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
