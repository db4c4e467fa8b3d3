from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generation.models import WebImage, Word
from generation.services.store import store_png
from generation.services.thumbnails import SIDE, thumbnail
from tests.generation.pictures import noise
from tests.generation.rows import make_web_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image():
    # Of a picture that no other test has, whose thumbnail would be there already.
    return make_web_image(Word.objects.create(text="x", reading="x"), 7_001)


def test_a_thumbnail_is_made_once_and_small(image):
    name, image.sha256 = store_png("web", noise(1, 500, 300))
    image.file.name = name
    image.save()
    made = thumbnail(image.sha256)
    with default_storage.open(made) as file:
        picture = Image.open(file)
        assert (picture.format, picture.size) == ("JPEG", (SIDE, 144))
    default_storage.delete(name)
    assert thumbnail(image.sha256) == made  # from what is there


def test_what_is_no_kept_image_has_none(image):
    with pytest.raises(WebImage.DoesNotExist):
        thumbnail("0" * 64)
    WebImage.objects.update(state="rejected")
    with pytest.raises(WebImage.DoesNotExist):
        thumbnail(image.sha256)


def test_a_missing_file_is_an_error(image):
    default_storage.delete(image.file.name)
    with pytest.raises(OSError, match=r"No such file"):
        thumbnail(image.sha256)
