"""A folder of stored files -> the storage of the settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.core.files.storage import default_storage

from storage.files import put

_AT_ONCE = 8


@dataclass
class Copied:
    """How many files were copied, how many were there already, and which ones differ there."""

    copied: int = 0
    known: int = 0
    differing: list[str] = field(default_factory=list)


def files_of(folder: Path) -> list[str]:
    """The names that the files of a folder have in a storage; what is half written is none."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(root).relative_to(folder)
        found += [(below / name).as_posix() for name in files if not name.startswith(".")]
    return sorted(found)


def copy_files(
    *, folder: Path, names: list[str], progress: Callable[[], None] = lambda: None
) -> Copied:
    """Put files of a folder into the storage, several at once. What is there stays as it is, so
    that a copy that was stopped can be started again.

    Raises StorageError and OSError; what was copied by then is whole.
    """
    report = Copied()

    def copy(name: str) -> bool | None:
        """Whether it was copied; None where there is another of the name."""
        data = (folder / name).read_bytes()
        if put(name, data):
            return True
        return False if default_storage.size(name) == len(data) else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for name, outcome in zip(names, pool.map(copy, names), strict=True):
                report.copied += outcome is True
                report.known += outcome is False
                if outcome is None:
                    report.differing.append(name)
                progress()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return report
