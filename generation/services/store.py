"""Files named by what they hold."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image


def store(folder: str, data: bytes, suffix: str) -> tuple[str, str]:
    """Put `data` under the SHA-256 of its bytes; returns (name in the storage, hash).

    A file is either whole or not there: it is written beside its place, flushed, and renamed.
    Storing the same again changes nothing.
    """
    digest = hashlib.sha256(data).hexdigest()
    name = f"{folder}/{digest[:2]}/{digest}{suffix}"
    put(name, data)
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
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def png(image: Image.Image) -> bytes:
    """The image losslessly and without metadata, which could give an answer away."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def store_png(folder: str, image: Image.Image) -> tuple[str, str]:
    """Store an image as `png` encodes it; returns (name in the storage, hash)."""
    return store(folder, png(image), ".png")
