"""Files of this machine that are whole or not there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

_WRITING = ".writing-"


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write `data` beside its place, flush it, and rename it: it is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = _temporary(path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)  # while it is locked
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove_half_written(folder: Path) -> None:
    """Remove what processes that were killed left half written in the folders below `folder`.

    Whoever writes a file holds its lock, which ends with the process, however that ends.
    """
    for path in folder.glob(f"*/{_WRITING}*"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _temporary(folder: Path) -> tuple[int, str]:
    """A new file that is open and locked."""
    while True:
        handle, name = tempfile.mkstemp(dir=folder, prefix=_WRITING)
        # Not every file system has locks; there a sweep gets none either, and removes nothing.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # swept before it was locked
