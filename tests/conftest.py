"""What holds for every test."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import Storage, default_storage
from django.core.servers.basehttp import WSGIRequestHandler
from django.utils import translation
from hypothesis import HealthCheck, settings

from analysis import frames
from jobs.services import heartbeat

# Tests assert no time: a busy machine is not a bug.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# The test server sends a reply in two packets; without this the second waits 40 ms for the
# browser's word on the first.
WSGIRequestHandler.disable_nagle_algorithm = True


@pytest.fixture(autouse=True)
def _language_of_its_own() -> Iterator[None]:
    """A request's language outlasts it in its thread; the next test begins without one."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat's thread would wait for the lock that a test's transaction has in SQLite."""
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(hours=1))


@pytest.fixture(autouse=True)
def _no_kept_answers() -> None:
    """A process keeps the answers of its studies; each test has a database of its own."""
    frames.forget()


@pytest.fixture
def restore_media() -> Iterator[Storage]:
    """The storage; what a test damages there is as before when it ends."""
    kept: dict[str, bytes] = {}
    root = Path(default_storage.location)
    for path in root.rglob("*.png"):
        kept[str(path)] = path.read_bytes()
    yield default_storage
    for name, data in kept.items():
        path = Path(name)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
