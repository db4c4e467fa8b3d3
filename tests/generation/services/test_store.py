from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from django.core.files import File
from django.core.files.storage import Storage
from PIL import Image

from generation.services import store
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


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_write_leaves_nothing(folder, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    with pytest.raises(OSError, match="No space left"):
        store.store("content", b"pixels", ".png")
    assert files(folder) == []


class Remote(Storage):
    """A storage without paths, as one behind a network."""

    def __init__(self) -> None:
        self.puts: list[tuple[str, bytes]] = []

    def _save(self, name: str, content: File) -> str:
        self.puts.append((name, content.read()))
        return name

    def exists(self, name: str) -> bool:
        return name in dict(self.puts)


def test_a_storage_without_local_files_gets_each_once(monkeypatch):
    remote = Remote()
    monkeypatch.setattr(store, "default_storage", remote)
    first, digest = store.store("content", b"pixels", ".png")
    assert store.store("content", b"pixels", ".png") == (first, digest)
    assert remote.puts == [(first, b"pixels")]


def test_a_png_is_lossless_and_bare(folder):
    image = noise(1)
    image.info["comment"] = "made from fusafusa"
    name, digest = store.store_png("stylised", image)
    data = (folder / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest
    stored = Image.open(io.BytesIO(data))
    assert stored.tobytes() == image.tobytes()
    assert stored.info == {}


def test_a_sweep_removes_what_nobody_writes_any_more(folder):
    (folder / "web" / "ab").mkdir(parents=True)
    left = folder / "web" / "ab" / ".writing-left"
    left.write_bytes(b"half")
    kept, _ = store.store("web", b"pixels", ".png")
    handle, busy = store._temporary(folder / "web" / "ab")
    store.sweep("web")
    assert set(files(folder)) == {folder / kept, Path(busy)}
    os.close(handle)
    store.sweep("web")
    assert files(folder) == [folder / kept]
    store.sweep("nothing")


def test_a_file_that_was_swept_before_it_was_locked_is_made_again(folder, monkeypatch):
    made, make = [], store.tempfile.mkstemp

    def swept_once(**options: object) -> tuple[int, str]:
        handle, name = make(**options)
        if not made:
            Path(name).unlink()
        made.append(name)
        return handle, name

    monkeypatch.setattr(store.tempfile, "mkstemp", swept_once)
    name, _ = store.store("web", b"pixels", ".png")
    assert (folder / name).read_bytes() == b"pixels"
    assert (len(made), files(folder)) == (2, [folder / name])
