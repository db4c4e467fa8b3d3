import os
import time

import torch

from generation.nst import checkpoints
from generation.nst.checkpoints import Checkpoint, Checkpoints, key_of


def some(value=1.0):
    return Checkpoint(scale=1, iteration=7, state={"x": torch.full((3,), value)})


def test_what_is_saved_is_loaded_and_dropped(tmp_path):
    stored = Checkpoints(tmp_path / "new" / "folder")
    assert stored.load("a") is None
    stored.save({"a": some(1), "b": some(2)})
    found = Checkpoints(stored.folder).load("b")
    assert (found.scale, found.iteration, found.state["x"].tolist()) == (1, 7, [2, 2, 2])
    stored.drop("b")
    stored.drop("b")
    assert stored.load("b") is None
    assert [path.name for path in stored.folder.iterdir()] == ["a.pt"]


def test_a_damaged_file_is_told_and_not_used(tmp_path, caplog):
    stored = Checkpoints(tmp_path)
    stored.save({"a": some()})
    path = tmp_path / "a.pt"
    path.write_bytes(path.read_bytes()[:100])
    assert stored.load("a") is None
    assert "a.pt cannot be read" in caplog.text


def test_a_failed_writing_leaves_the_old_one_and_the_image_goes_on(tmp_path, monkeypatch, caplog):
    stored = Checkpoints(tmp_path)
    stored.save({"a": some(1)})

    def full(value, file):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full)
    stored.save({"a": some(2)})
    assert "cannot be written" in caplog.text
    assert "no space left on device" in caplog.text
    assert stored.load("a").state["x"][0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


def test_they_are_due_after_a_pause_that_grows_with_the_writing(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    stored = Checkpoints(tmp_path)
    assert not stored.due()
    now[0] += 21
    assert stored.due()
    monkeypatch.setattr(stored, "_write", lambda *_: now.__setitem__(0, now[0] + 3))
    stored.save({"a": some()})
    now[0] += 99
    assert not stored.due()  # 3 s of writing are 3 % of 100 s
    now[0] += 2
    assert stored.due()


def test_old_ones_go(tmp_path):
    Checkpoints(tmp_path).save({"old": some(), "new": some()})
    past = time.time() - 15 * 24 * 3600
    os.utime(tmp_path / "old.pt", (past, past))
    Checkpoints(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.pt"]


def test_keys_tell_everything_apart():
    keys = {key_of("a", b"b"), key_of("ab", b""), key_of(b"a", b"b"), key_of("a", b"b", None)}
    assert len(keys) == 4
    assert key_of({"x": 1, "y": 2}) == key_of({"y": 2, "x": 1})
