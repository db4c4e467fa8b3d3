"""Files named by what they hold."""

from __future__ import annotations

import hashlib
import io
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from PIL import Image

import storage
from storage import StorageError


def store(folder: str, data: bytes, suffix: str) -> tuple[str, str]:
    """Put `data` under the SHA-256 of its bytes; returns (name in the storage, hash).

    A file is either whole or not there. Storing the same again changes nothing. Raises
    StorageError, also where a file of this name is there that holds something else.
    """
    digest = hashlib.sha256(data).hexdigest()
    name = f"{folder}/{digest[:2]}/{digest}{suffix}"
    if not storage.put(name, data) and (found := storage.digest(name)) != digest:
        raise StorageError(
            f"{name}: expected the stored file to have the SHA-256 of its name, got "
            f"{found or 'no file'}: restore it from a backup, or remove it to have it written anew"
        )
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
    if not default_storage.exists(name):
        name = default_storage.save(name, File(file))
    return name, digest


def png(image: Image.Image) -> bytes:
    """The image losslessly and without metadata, which could give an answer away."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def store_png(folder: str, image: Image.Image) -> tuple[str, str]:
    """Store an image as `png` encodes it; returns (name in the storage, hash)."""
    return store(folder, png(image), ".png")
