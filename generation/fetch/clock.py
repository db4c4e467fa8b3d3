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
# Seconds after which the watch looks again although nothing is due.
_IDLE = 60.0
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
        started = time.monotonic()
        self._connection = self._socket = None
        _working.clock = self
        _watch.begin(self, max(self.left, 0.0))
        try:
            yield
        finally:
            _working.clock = None
            _watch.end(self)
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

    def cut(self) -> None:
        """Shut down the connection at work, as soon as there is one."""
        self.expired = True
        connected = self._socket
        if connected is None and self._connection is not None:
            connected = self._connection.sock
        if connected is not None:
            with contextlib.suppress(OSError):
                # Not the method of SSLSocket, which pulls TLS from under the reading thread.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Watch:
    """One thread for all running clocks: one for each would take longer to start than to fetch.

    Clocks are cut under the lock under which they leave, so that none is cut whose connection
    belongs to another one already.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[Clock, float] = {}
        self._wakes = 0.0
        self._thread = threading.Thread()

    def begin(self, clock: Clock, seconds: float) -> None:
        """Cut this clock in that many seconds, unless it leaves before."""
        with self._changed:
            self._due[clock] = time.monotonic() + seconds
            if not self._thread.is_alive():  # at first, and after a fork
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
            elif self._due[clock] < self._wakes:
                self._changed.notify()

    def end(self, clock: Clock) -> None:
        with self._changed:
            del self._due[clock]

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for clock, due in self._due.items():
                    if due <= now:
                        clock.cut()
                        # A connection that is only being made has no socket yet: look again.
                        self._due[clock] = now + _AGAIN
                self._wakes = min(self._due.values(), default=now + _IDLE)
                self._changed.wait(self._wakes - now)


_watch = _Watch()


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
