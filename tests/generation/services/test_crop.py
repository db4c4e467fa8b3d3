from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generation.models import ContentImage
from generation.photographs import Crop, PhotographError
from generation.services.contents import keep_content
from generation.services.crop import ContentMade, TwinError, crop_content
from generation.services.masks import set_mask
from tests.generation.pictures import noise
from tests.generation.rows import make_queue

pytestmark = pytest.mark.django_db


def keep(seed: int = 1) -> ContentImage:
    return keep_content(name=f"photo{seed}", image=noise(seed, 80, 48))[0]


def mask_of(box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", (80, 48))
    mask.paste(255, box)
    return mask


def pixels(file) -> bytes:
    with file.open() as opened:
        return Image.open(opened).tobytes()


def test_the_photograph_and_its_mask_are_cut_alike(django_capture_on_commit_callbacks):
    content = set_mask(content=keep(), image=mask_of((0, 0, 50, 48)))
    before = [content.file.name, content.mask.name]
    with django_capture_on_commit_callbacks(execute=True):
        crop_content(content=content, crop=Crop(20, 4, 40))
    content.refresh_from_db()
    box = (20, 4, 60, 44)
    assert pixels(content.file) == noise(1, 80, 48).crop(box).tobytes()
    assert pixels(content.mask) == mask_of((0, 0, 50, 48)).crop(box).tobytes()
    assert (content.width, content.height) == (40, 40)
    assert content.sha256 in content.file.name
    assert [default_storage.exists(name) for name in before] == [False, False]


@pytest.mark.parametrize("box", [(70, 0, 80, 48), (0, 0, 65, 48)])
def test_a_mask_that_says_nothing_of_the_square_is_dropped(box):
    content = set_mask(content=keep(), image=mask_of(box), proposed=True)
    cut = crop_content(content=content, crop=Crop(20, 4, 40))
    assert (cut.mask.name, cut.mask_sha256, cut.mask_proposed) == ("", "", False)


def test_what_stimuli_are_made_from_stays():
    content = make_queue(contents=1)[0].content
    with pytest.raises(ContentMade) as caught:
        crop_content(content=content, crop=Crop(0, 0, 32))
    assert caught.value.count == 1


def test_a_square_that_is_none_or_is_there_already_changes_nothing():
    content = keep()
    twin, _ = keep_content(name="twin", image=noise(1, 80, 48).crop((0, 0, 48, 48)))
    with pytest.raises(TwinError, match="twin"):
        crop_content(content=content, crop=Crop(0, 0, 48))
    with pytest.raises(PhotographError):
        crop_content(content=content, crop=Crop(60, 0, 48))
    content.refresh_from_db()
    assert (content.width, default_storage.exists(content.file.name)) == (80, True)
    assert default_storage.exists(twin.file.name)
