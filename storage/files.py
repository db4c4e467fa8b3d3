"""What is asked of the storage of the settings beyond Django's own words."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import Protocol, cast

from django.core.files.storage import default_storage


class FileStore(Protocol):
    """What both storages can do."""

    def put(self, name: str, data: bytes) -> bool: ...

    def stamp(self, name: str) -> Hashable: ...

    def sweep(self, folder: str) -> None: ...

    def describe(self) -> str: ...

    @property
    def is_local(self) -> bool: ...


def put(name: str, data: bytes) -> bool:
    """Make `name` hold `data`, unless there is such a file already; whether it was written.

    It is whole or not there. Raises StorageError.
    """
    return store().put(name, data)


def stamp(name: str) -> Hashable:
    """What changes with every writing of a file. Raises OSError where there is none."""
    return store().stamp(name)


def digest(name: str) -> str:
    """The SHA-256 of the file's bytes; "" where there is none. Raises StorageError."""
    try:
        with default_storage.open(name) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""


def sweep(folder: str) -> None:
    """Remove what processes that were killed left half written below `folder`."""
    store().sweep(folder)


def is_local() -> bool:
    """Whether files lie on this machine, where a look takes no time and anybody may change one."""
    return store().is_local


def store() -> FileStore:
    return cast(FileStore, default_storage)
