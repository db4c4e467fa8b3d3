"""What stands between two processes and can fail: a proxy that the test tells how."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Literal

Mode = Literal["pass", "gone", "error", "silent", "half answers", "half requests"]
_ERROR = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class Proxy:
    """Of connections to a port of the loopback address.

    `gone` ends every connection at once, `error` answers 500 to whatever is asked, `silent` never
    answers, and the half modes end a connection in the middle of a body. A change ends the
    connections that there are.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._mode: Mode = "pass"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.refused = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode: Mode) -> None:
        with self._lock:
            self._mode = mode
            for each in self._open:
                _end(each)
            self._open.clear()

    def close(self) -> None:
        self.set("gone")
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            mode = self._mode
            self._open.add(client)
        if mode != "pass":
            self.refused += 1
        with contextlib.suppress(OSError):
            if mode == "error":
                _whole_head(client)
                client.sendall(_ERROR)
            elif mode == "silent":
                while client.recv(1 << 16):
                    pass
            elif mode != "gone":
                self._connect(client, mode)
        _end(client)

    def _connect(self, client: socket.socket, mode: Mode) -> None:
        server = socket.create_connection(("127.0.0.1", self._behind))
        with self._lock:
            if client not in self._open:  # the mode changed meanwhile
                _end(server)
                return
            self._open.add(server)
        answers = threading.Thread(
            target=_pipe, args=(server, client, mode == "half answers"), daemon=True
        )
        answers.start()
        _pipe(client, server, mode == "half requests")
        answers.join()


def _pipe(source: socket.socket, target: socket.socket, half: bool) -> None:
    """Hand over what comes; of a body, if asked, only the half, and then end both."""
    with contextlib.suppress(OSError):
        if half:
            head, rest = _whole_head(source)
            found = re.search(rb"(?i)content-length: *(\d+)", head)
            length = int(found[1]) if found else 0
            target.sendall(head)
            left = length // 2 if length else 1 << 30
            while left and (data := rest[:left] or source.recv(min(left, 1 << 16))):
                target.sendall(data)
                left, rest = left - len(data), rest[len(data) :]
        else:
            while data := source.recv(1 << 16):
                target.sendall(data)
    _end(source)
    _end(target)


def _whole_head(source: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data and (more := source.recv(1 << 16)):
        data += more
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
