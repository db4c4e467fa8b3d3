from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_stimuli

pytestmark = pytest.mark.django_db


def run():
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    return out.getvalue()


def test_a_sound_installation():
    make_stimuli(contents=1, words=1)
    said = run()
    assert "wrong" not in said
    assert "files: 4 pictures as stored" in said
    assert "3 done" in said


def test_missing_and_changed_files_and_failed_stimuli_are_found():
    one, other, failed = make_stimuli(contents=1, words=1)
    Path(one.file.path).unlink()
    Path(other.file.path).write_bytes(b"something else")
    type(failed).objects.filter(pk=failed.pk).update(state="failed")
    out = StringIO()
    with pytest.raises(CommandError, match="2 of 8 checks"):
        call_command("doctor", stdout=out, no_color=True)
    assert "wrong  files: 2 missing or changed" in out.getvalue()
    assert "1 failed" in out.getvalue()


def test_a_device_that_is_not_there_is_named(settings):
    settings.NST_DEVICE = "abacus"
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert "abacus" in out.getvalue()
    assert "TEXTURESTUDY_DEVICE" in out.getvalue()
