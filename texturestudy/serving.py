"""The site in processes of its own: how gunicorn serves it, and a server for as long as a task."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO

_START_S = 60.0
_END_S = 10.0


class ServerError(RuntimeError):
    """A server that does not come up."""


def gunicorn_command(address: str) -> list[str]:
    """The command line of a server at `address`, such as 127.0.0.1:8000.

    A process more than there are cores, so that none idles while another waits for the disk.
    """
    workers = (os.cpu_count() or 1) + 1
    return [
        sys.executable, "-m", "gunicorn", "texturestudy.wsgi", "--bind", address,
        "--workers", str(workers), "--threads", "4", "--log-level", "warning",
    ]  # fmt: skip


class Server:
    """A server of this project at a free port of the loopback address.

    It can be killed, and started again at the same address. It also ends when the process that
    started it is killed. What goes wrong is written to `log`, or else to the standard error.
    """

    def __init__(self, log: IO[str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns when it answers; ServerError if it ends instead, or takes a minute."""
        self._process = subprocess.Popen(  # noqa: S603
            [*gunicorn_command(f"127.0.0.1:{self._port}"), "--config", f"python:{__name__}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for those who use it; they end it when they end
        )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None:
                raise ServerError(f"gunicorn ended with status {self._process.returncode}")
            if time.monotonic() > deadline:
                raise ServerError(f"gunicorn did not answer at {self.url} for {_START_S:g} s")
            time.sleep(0.05)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End all its processes at once, by a signal; by force if that takes too long."""
        if self._process is None:
            return
        for number in (by, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
        self._process = None

    def _answers(self) -> bool:
        asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_START_S)
        with contextlib.closing(asked):
            try:
                asked.request("GET", "/healthz")
                asked.getresponse()  # whatever it says: it may know itself by other names only
            except (OSError, http.client.HTTPException):
                return False
        return True


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """The address of a server that lasts as long as the block."""
    server = Server()
    try:
        server.start()
        yield server.url
    finally:
        server.end()


def when_ready(_arbiter: object) -> None:
    """gunicorn calls this hook of its configuration, which a Server names."""
    threading.Thread(target=_stop_with, args=(os.getppid(),), daemon=True).start()


def _stop_with(parent: int) -> None:
    """A parent that was killed cannot say goodbye, but its child is then somebody else's."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
