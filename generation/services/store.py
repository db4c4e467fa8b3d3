"""Files named by what they hold."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from PIL import Image

_WRITING = ".writing-"


def store(folder: str, data: bytes, suffix: str) -> tuple[str, str]:
    """Put `data` under the SHA-256 of its bytes; returns (name in the storage, hash).

    A file is either whole or not there: it is written beside its place, flushed, and renamed.
    Storing the same again changes nothing.
    """
    digest = hashlib.sha256(data).hexdigest()
    name = f"{folder}/{digest[:2]}/{digest}{suffix}"
    put(name, data)
    return name, digest


def store_file(folder: str, file: IO[bytes], suffix: str) -> tuple[str, str]:
    """`store` for what is too large for the memory, from its beginning."""
    file.seek(0)
    whole = hashlib.sha256()
    while block := file.read(1 << 20):
        whole.update(block)
    digest = whole.hexdigest()
    name = f"{folder}/{digest[:2]}/{digest}{suffix}"
    file.seek(0)
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # a storage without local files, such as S3: puts are atomic
        if not default_storage.exists(name):
            default_storage.save(name, File(file))
        return name, digest
    if not path.exists():
        _write(path, file)
    return name, digest


def put(name: str, data: bytes) -> None:
    """Make `name` in the storage hold `data`, unless there is such a file already."""
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # a storage without local files, such as S3: puts are atomic
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(data))
        return
    if not path.exists():
        write_whole(path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` beside its place, flush it, and rename it: it is whole or not there."""
    _write(path, io.BytesIO(data))


def _write(path: Path, source: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = _temporary(path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)  # while it is locked
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sweep(folder: str) -> None:
    """Remove what processes that were killed left half written below `folder` in the storage.

    Whoever writes a file holds its lock, which ends with the process, however that ends.
    """
    try:
        root = Path(default_storage.path(folder))
    except NotImplementedError:
        return
    for path in root.glob(f"*/{_WRITING}*"):
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


def png(image: Image.Image) -> bytes:
    """The image losslessly and without metadata, which could give an answer away."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def store_png(folder: str, image: Image.Image) -> tuple[str, str]:
    """Store an image as `png` encodes it; returns (name in the storage, hash)."""
    return store(folder, png(image), ".png")
