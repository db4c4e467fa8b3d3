import hashlib
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from generation.services.store import store
from storage.strays import remove_strays, strays
from tests.factories import make_stimuli

pytestmark = pytest.mark.django_db

AT_ONCE, DAY = timedelta(seconds=-60), timedelta(days=1)


def test_only_what_no_row_names_is_a_stray(either):
    images = make_stimuli(contents=1, words=1)
    stray, _ = store("stylised", b"of a process that was killed", ".png")
    assert list(strays("stylised", older_than=AT_ONCE)) == [stray]
    assert list(strays("content", older_than=AT_ONCE)) == []
    assert list(strays("nothing-here", older_than=AT_ONCE)) == []
    assert remove_strays("stylised", older_than=AT_ONCE) == 1
    assert not default_storage.exists(stray)
    assert all(default_storage.exists(image.file.name) for image in images)


def test_a_young_one_may_get_its_row(either):
    stray, _ = store("stylised", b"just made", ".png")
    assert list(strays("stylised", older_than=DAY)) == []
    assert remove_strays("stylised", older_than=DAY) == 0
    assert default_storage.exists(stray)


def test_one_that_gets_its_row_meanwhile_stays(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    image, *_ = make_stimuli(contents=1, words=1)
    name, _ = store("stylised", b"found before its row is there", ".png")

    def found(folder: str, *, older_than: timedelta) -> list[str]:
        assert list(strays(folder, older_than=older_than)) == [name]
        type(image).objects.filter(pk=image.pk).update(file=name)
        return [name]

    monkeypatch.setattr("storage.strays.strays", found)
    assert remove_strays("stylised", older_than=AT_ONCE) == 0
    assert default_storage.exists(name)


def test_the_command_and_doctor_speak_of_them(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make_stimuli(contents=1, words=1)
    assert "ok     stray files: none" in _said("doctor")
    old, _ = store("stylised", b"of last week", ".png")
    young, _ = store("masks", b"of today", ".png")
    os.utime(Path(default_storage.path(old)), (0, 0))
    half = Path(default_storage.path(old)).with_name(".writing-half")
    half.write_bytes(hashlib.sha256(b"").digest())
    assert "ok     stray files: 1 that no row names: manage.py remove_strays" in _said("doctor")
    assert "1 files removed" in _said("remove_strays")
    assert not default_storage.exists(old)
    assert not half.exists()
    assert default_storage.exists(young)
    assert "ok     stray files: none" in _said("doctor")


def _said(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out, no_color=True)
    return out.getvalue()
