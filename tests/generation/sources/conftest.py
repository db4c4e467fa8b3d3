from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.generation.fakes.providers import Providers, served


@pytest.fixture
def providers() -> Iterator[Providers]:
    with served() as found:
        yield found


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The pauses before other tries, which are not slept."""
    told: list[float] = []
    monkeypatch.setattr("generation.sources.http.sleep", told.append)
    return told


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
