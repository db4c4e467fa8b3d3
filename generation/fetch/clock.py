"""The wall clock of one fetch, which a slow host cannot stretch byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_AGAIN = 0.05
_working = threading.local()


class Clock:
    """`left` seconds of work; when they are over, the connection at work is shut down.

    A read timeout begins anew with every byte, so it alone bounds nothing. Only a name's lookup
    is left to the resolver's own timeouts.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = self.left = seconds
        self.expired = False
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While this thread works in here, the time goes by, and the connection is watched."""
        started, ended = time.monotonic(), threading.Event()
        self._connection = self._socket = None
        _working.clock = self
        watcher = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            _working.clock = None
            ended.set()
            watcher.join()
            self.left -= time.monotonic() - started

    def sleep(self, seconds: float) -> bool:
        """Wait, and say that; or say that there is no time to."""
        if seconds >= self.left:
            return False
        time.sleep(seconds)
        self.left -= seconds
        return True

    def connecting(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def reading(self, connected: socket.socket | None) -> None:
        self._socket = connected

    def _watch(self, ended: threading.Event) -> None:
        pause = max(self.left, 0.0)
        while not ended.wait(pause):
            self.expired = True
            # A connection that is only being made has no socket yet: look again.
            pause = _AGAIN
            connected = self._socket
            if connected is None and self._connection is not None:
                connected = self._connection.sock
            if connected is not None:
                with contextlib.suppress(OSError):
                    # Not the method of SSLSocket, which pulls TLS from under the reading thread.
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    """A connection that the clock of its thread knows."""

    def connect(self) -> None:
        _clock().connecting(self)
        super().connect()

    def getresponse(self) -> Any:
        # Before it reads: an answer that ends with its connection takes the socket away from it.
        _clock().reading(self.sock)
        return super().getresponse()


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class WatchedPool(HTTPConnectionPool):
    """Connections whose work a running Clock bounds."""

    ConnectionCls = _Watched


class WatchedTlsPool(HTTPSConnectionPool):
    """The same, encrypted."""

    ConnectionCls = _WatchedTls


def _clock() -> Clock:
    clock: Clock = _working.clock
    return clock
