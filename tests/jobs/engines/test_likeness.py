"""What two processes have in common."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage

from jobs.engines import EngineError, likeness


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_one_installation_find_the_same():
    with likeness.probe() as probe:
        mine = likeness.here(probe)
        assert mine == asyncio.run(likeness.describe(probe))
        assert mine.stored_files == probe
        assert default_storage.exists(probe)
    assert not default_storage.exists(probe)
    assert "FileNotFoundError" in likeness.here(probe).stored_files


def test_a_storage_that_takes_no_file_is_named(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"
    expected = "expected the storage to keep a file for a moment: "
    with pytest.raises(EngineError, match=expected), likeness.probe():
        pytest.fail("there is no file to look at")


def test_differences_are_told_in_words():
    mine = likeness.Likeness("3.11", "2026.8.0", "0.1.0 (sources 12)", "study at db", "probes/1")
    assert mine.differences(mine) == []
    theirs = replace(mine, python="3.12", stored_files="FileNotFoundError: probes/1")
    assert mine.differences(theirs) == [
        "python: expected 3.11, got 3.12",
        "stored files: expected probes/1, got FileNotFoundError: probes/1",
    ]
