"""Stored images: photographs and stimuli are public, what others may own is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generation.services.store import store_png
from storage.whole import write_whole
from tests.generation.pictures import noise

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("folder", ["content", "stylised"])
def test_what_participants_see_is_public(client, folder):
    name, _ = store_png(folder, noise(1))
    response = client.get(f"/media/{name}")
    assert b"".join(response) == Path(settings.MEDIA_ROOT, name).read_bytes()
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_web_images_are_for_staff_only(client, admin_client):
    name, _ = store_png("web", noise(1))
    assert client.get(f"/media/{name}").status_code == 404
    response = admin_client.get(f"/media/{name}")
    assert b"".join(response) == Path(settings.MEDIA_ROOT, name).read_bytes()
    assert response["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "prefix", ["content/../", "content/%2e%2e/", "./", "/", "content/../../x/"]
)
def test_web_images_are_not_reached_by_a_detour(client, prefix):
    name, _ = store_png("web", noise(1))
    assert client.get(f"/media/{prefix}{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "content/nono.png",
        "content",
        ".",
        "..",
        "../secret_key",
        "content/../../secret_key",
        "/etc/hostname",
        "content/%00.png",
        "content/" + "a" * 300,
    ],
)
def test_what_is_not_there_is_not_found_whoever_asks(client, admin_client, path):
    assert client.get(f"/media/{path}").status_code == 404
    assert admin_client.get(f"/media/{path}").status_code == 404


def test_what_somebody_is_just_writing_is_not_there(client, admin_client):
    write_whole(Path(settings.MEDIA_ROOT, "content/ab/.writing-half"), b"half")
    assert client.get("/media/content/ab/.writing-half").status_code == 404
    assert admin_client.get("/media/content/ab/.writing-half").status_code == 404


@pytest.mark.parametrize("folder", ["made", "imports", "features", "doctor", "elsewhere"])
def test_files_of_answers_and_of_the_program_have_no_address(client, admin_client, folder):
    default_storage.save(f"{folder}/file.csv", ContentFile(b"answers"))
    assert client.get(f"/media/{folder}/file.csv").status_code == 404
    assert admin_client.get(f"/media/{folder}/file.csv").status_code == 404
