from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from generation.services import store
from storage import StorageError
from tests.generation.pictures import noise


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_named_by_its_bytes(folder):
    name, digest = store.store("content", b"pixels", ".png")
    assert digest == hashlib.sha256(b"pixels").hexdigest()
    assert name == f"content/{digest[:2]}/{digest}.png"
    assert (folder / name).read_bytes() == b"pixels"
    assert (folder / name).stat().st_mode & 0o777 == 0o644


def test_the_same_bytes_are_one_file_written_once(folder):
    name, _ = store.store("content", b"pixels", ".png")
    written = (folder / name).stat().st_mtime_ns
    assert store.store("content", b"pixels", ".png")[0] == name
    assert [path.stat().st_mtime_ns for path in files(folder)] == [written]


def test_a_stored_file_that_is_not_what_its_name_says_is_named(folder):
    name, _ = store.store("content", b"pixels", ".png")
    (folder / name).write_bytes(b"else")
    with pytest.raises(StorageError, match=f"{name}: expected .* SHA-256 of its name, got 7dd5"):
        store.store("content", b"pixels", ".png")
    assert (folder / name).read_bytes() == b"else"


def test_a_png_is_lossless_and_bare(folder):
    image = noise(1)
    image.info["comment"] = "made from fusafusa"
    name, digest = store.store_png("stylised", image)
    data = (folder / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest
    stored = Image.open(io.BytesIO(data))
    assert stored.tobytes() == image.tobytes()
    assert stored.info == {}
