"""What two processes must have in common to work off the same queue."""

from __future__ import annotations

import asyncio
import hashlib
import platform
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from jobs.engines.base import EngineError

_LOOK_S = 30


@dataclass(frozen=True, slots=True)
class Likeness:
    """A process, as far as its results depend on it; each field is a text to be read."""

    python: str
    dask: str
    texturestudy: str
    database: str
    stored_files: str

    def differences(self, other: Likeness) -> list[str]:
        """What `other` has otherwise, in words."""
        return [
            f"{field.name.replace('_', ' ')}: expected {mine}, got {theirs}"
            for field in fields(self)
            if (mine := getattr(self, field.name)) != (theirs := getattr(other, field.name))
        ]


@contextmanager
def probe() -> Iterator[str]:
    """The name of a stored file for as long as the block: only who has the same storage finds it.

    What it contains is its own name. Raises EngineError where the storage does not do its work.
    """
    name = f"probes/{uuid.uuid4()}"
    with _storage():
        name = default_storage.save(name, ContentFile(name.encode()))
    try:
        yield name
    finally:
        with _storage():
            default_storage.delete(name)


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a storage has errors of its own
        raise EngineError(f"expected the storage to keep a file for a moment: {error}") from error


async def describe(probe: str) -> Likeness:
    """This process, found out in a thread of its own: the loop it is called from goes on.

    Raises ImproperlyConfigured and others where the project is not set up, and TimeoutError where
    its database or storage do not answer.
    """
    return await asyncio.wait_for(asyncio.to_thread(_apart, probe), _LOOK_S)


def _apart(probe: str) -> Likeness:
    if not apps.ready:
        import django

        django.setup()
    try:
        return here(probe)
    finally:
        connection.close()  # this thread's own


def here(probe: str) -> Likeness:
    """This process."""
    return Likeness(
        python=".".join(platform.python_version_tuple()[:2]),
        dask=version("distributed"),
        texturestudy=_code(),
        database=_database(),
        stored_files=_read(probe),
    )


@cache
def _code() -> str:
    """The version, and a digest of the sources: two checkouts have the same version."""
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    own = sorted(c.name for c in apps.get_app_configs() if Path(c.path).parent == root)
    for path in sorted(path for name in own for path in (root / name).rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    try:
        number = version("texturestudy")
    except PackageNotFoundError:  # it is run from its folder
        number = "uninstalled"
    return f"{number} (sources {digest.hexdigest()[:8]})"


def _database() -> str:
    """By what is the same from wherever one asks, and is another one for every database."""
    facts = connection.settings_dict
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT oid, pg_postmaster_start_time() FROM pg_database "
                "WHERE datname = current_database()"
            )
            number, since = cursor.fetchone()
        return f"{facts['NAME']} (number {number} of a server started {since:%Y-%m-%d %H:%M:%S.%f})"
    if connection.vendor == "sqlite":
        return f"{facts['NAME']} of {socket.gethostname()} ({_inode(str(facts['NAME']))})"
    return f"{facts['NAME']} at {facts['HOST']}:{facts['PORT']}"


def _inode(name: str) -> str:
    try:
        found = Path(name).stat()
    except OSError as error:
        return type(error).__name__
    return f"file {found.st_dev}:{found.st_ino}"


def _read(probe: str) -> str:
    try:
        with default_storage.open(probe) as file:
            return str(file.read().decode())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
