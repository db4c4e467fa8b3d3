from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage import whole
from storage.whole import remove_half_written, write_whole


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_written_with_its_folder_for_everybody_to_read(tmp_path):
    path = tmp_path / "ab" / "file"
    write_whole(path, [b"pix", b"els"])
    assert path.read_bytes() == b"pixels"
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_write_leaves_nothing(tmp_path, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "file", b"pixels")
    assert files(tmp_path) == []


def test_what_nobody_writes_any_more_is_removed(tmp_path):
    folder = tmp_path / "ab"
    kept, left = folder / "kept", folder / ".writing-left"
    write_whole(kept, b"pixels")
    left.write_bytes(b"half")
    handle, busy = whole._temporary(folder)
    remove_half_written(tmp_path)
    assert set(files(tmp_path)) == {kept, Path(busy)}
    os.close(handle)
    remove_half_written(tmp_path)
    assert files(tmp_path) == [kept]
    remove_half_written(tmp_path / "nothing")


def test_a_file_that_was_removed_before_it_was_locked_is_made_again(tmp_path, monkeypatch):
    made, make = [], whole.tempfile.mkstemp

    def removed_once(**options: object) -> tuple[int, str]:
        handle, name = make(**options)
        if not made:
            Path(name).unlink()
        made.append(name)
        return handle, name

    monkeypatch.setattr(whole.tempfile, "mkstemp", removed_once)
    write_whole(tmp_path / "file", b"pixels")
    assert (tmp_path / "file").read_bytes() == b"pixels"
    assert (len(made), files(tmp_path)) == (2, [tmp_path / "file"])
