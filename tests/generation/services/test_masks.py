from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest
from django.core.checks import run_checks
from PIL import Image

from generation.models import ContentImage, StylisedImage
from generation.nst.errors import MaskError
from generation.segmenters import SegmenterError, load_segmenter
from generation.services import masks
from generation.services.masks import (
    MaskInUse,
    count_made_inside,
    ensure_mask,
    propose,
    set_mask,
    set_masks,
)
from generation.services.stylise import enqueue
from jobs.models import Item
from tests.generation.pictures import noise
from tests.generation.rows import make_clusters, make_contents, make_recipe

pytestmark = pytest.mark.django_db

DEFAULT = "generation.nst.foreground.propose_mask"


def half(left: bool = True, size: tuple[int, int] = (40, 32)) -> Image.Image:
    """A mask of one half of a photograph of `make_contents`."""
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]) if left else (size[0] // 2, 0, *size))
    return mask


def left_half(image: Image.Image) -> Image.Image:
    return half()


def stand_in(image: Image.Image) -> Image.Image:
    mask = half()
    mask.info["fallback"] = True
    return mask


def broken(image: Image.Image) -> Image.Image:
    raise ZeroDivisionError("no light")


def all_black(image: Image.Image) -> Image.Image:
    return Image.new("L", image.size)


def array(image: Image.Image) -> np.ndarray:
    return np.ones((32, 40))


not_callable = 5


@pytest.fixture
def content() -> ContentImage:
    return make_contents(1)[0]


@pytest.fixture
def use(settings):
    """Makes a function of this module the segmenter."""

    def choose(segmenter: object) -> None:
        settings.FOREGROUND_SEGMENTER = f"{__name__}.{segmenter.__name__}"

    choose(left_half)
    return choose


def make_stimulus(content: ContentImage, state: str = "done", **recipe: object) -> None:
    clusters = make_clusters(1, reading=f"word{StylisedImage.objects.count()}")
    recipe = {"foreground": "object", **recipe}
    enqueue(contents=[content], recipes=[make_recipe(**recipe)], clusters=clusters)
    images = StylisedImage.objects.filter(cluster__in=clusters)
    lease = {"batch": "0" * 32, "lease_until": "2100-01-01T00:00Z"} if state == "leased" else {}
    Item.objects.filter(stylised__in=images).update(state=state, **lease)
    if state == "done":
        images.update(sha256="a" * 64)


def test_a_mask_is_stored_by_what_it_holds(content):
    row = set_mask(content=content, image=half(size=(80, 64)).convert("RGB"))
    content.refresh_from_db()
    assert (row.mask.name, row.mask_proposed) == (content.mask.name, False)
    data = Path(content.mask.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == content.mask_sha256
    assert content.mask.name == f"masks/{content.mask_sha256[:2]}/{content.mask_sha256}.png"
    with Image.open(content.mask.path) as stored:
        assert (stored.mode, stored.size, stored.info) == ("L", (40, 32), {})


def test_what_is_no_mask_is_refused_and_changes_nothing(content):
    for image in (Image.new("L", (40, 32)), half(size=(32, 40))):
        with pytest.raises(MaskError):
            set_mask(content=content, image=image)
    content.refresh_from_db()
    assert (content.mask.name, content.mask_sha256) == ("", "")


@pytest.mark.parametrize("state", ["done", "leased"])
def test_a_mask_stays_as_it_is_once_stimuli_were_made_inside_it(content, use, state):
    set_mask(content=content, image=half())
    make_stimulus(content, state)
    make_stimulus(content, state)
    for change in (
        lambda: set_mask(content=content, image=half(left=False)),
        lambda: propose(content=ContentImage.objects.get()),
    ):
        with pytest.raises(MaskInUse, match=r"content0: expected .* 2 were or are") as caught:
            change()
        assert caught.value.count == 2
    assert ensure_mask(content=content).tobytes() == half().tobytes()


def test_stimuli_of_the_whole_photograph_and_unmade_ones_leave_the_mask_free(content):
    set_mask(content=content, image=half())
    make_stimulus(content, foreground="none")
    make_stimulus(content, "queued")
    make_stimulus(content, "failed")
    make_stimulus(make_contents(2)[1])
    content.refresh_from_db()
    assert count_made_inside(content=content) == 0
    set_mask(content=content, image=half(left=False))
    assert ensure_mask(content=content).tobytes() == half(left=False).tobytes()


def test_the_same_mask_again_is_welcome_and_its_uploader_answers_for_it(content):
    set_mask(content=content, image=half(), proposed=True)
    make_stimulus(content)
    assert set_mask(content=content, image=half(), proposed=True).mask_proposed
    assert not set_mask(content=content, image=half()).mask_proposed
    assert not set_mask(content=content, image=half(), proposed=True).mask_proposed


def test_of_several_masks_all_are_stored_or_none():
    first, second = make_contents(2)
    with pytest.raises(MaskError):
        set_masks(masks=[(first, half()), (second, Image.new("L", (40, 32)))])
    assert set(ContentImage.objects.values_list("mask", flat=True)) == {""}
    set_masks(masks=[(first, half()), (second, half())])
    assert not ContentImage.objects.filter(mask="").exists()


def test_a_mask_that_is_missing_is_proposed_once(content, use):
    made = ensure_mask(content=content)
    assert (made.mode, made.size, made.tobytes()) == ("L", (40, 32), half().tobytes())
    content.refresh_from_db()
    assert content.mask_proposed
    use(broken)  # it is not asked again
    assert ensure_mask(content=content).tobytes() == half().tobytes()


def test_a_person_s_mask_that_came_meanwhile_is_not_replaced(content, monkeypatch):
    """Somebody uploads one while the segmenter works."""

    def slow(image: Image.Image) -> Image.Image:
        set_mask(content=content, image=half(left=False))
        return half()

    monkeypatch.setattr(masks, "load_segmenter", lambda: slow)
    assert ensure_mask(content=content).tobytes() == half(left=False).tobytes()
    content.refresh_from_db()
    assert not content.mask_proposed


def test_the_default_proposes_from_the_photograph(content):
    picture = Image.new("RGB", (160, 120), "navy")
    picture.paste(noise(3, 60, 50), (50, 40))
    content = masks.ContentImage.objects.get(pk=content.pk)
    content.file.name, content.width, content.height = _stored(picture), 160, 120
    content.save()
    found = np.asarray(ensure_mask(content=content)) == 255
    truth = np.zeros_like(found)
    truth[40:90, 50:110] = True
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def _stored(image: Image.Image) -> str:
    return masks.store_png("content", image)[0]


def test_a_stand_in_is_told_of(content, use, caplog):
    use(stand_in)
    with caplog.at_level(logging.WARNING):
        ensure_mask(content=content)
    assert "content0: no object stood out" in caplog.text
    assert propose(content=content).info["fallback"]


@pytest.mark.parametrize(
    ("segmenter", "message"),
    [
        (broken, r"it failed: ZeroDivisionError\('no light'\)"),
        (all_black, "expected white where the object is"),
        (array, "expected a PIL image, got ndarray"),
    ],
)
def test_a_segmenter_that_fails_is_named_with_the_photograph(content, use, segmenter, message):
    use(segmenter)
    named = rf"^content0: no mask from TEXTURESTUDY_SEGMENTER={__name__}\.{segmenter.__name__}: "
    with pytest.raises(SegmenterError, match=named + ".*" + message):
        ensure_mask(content=content)
    content.refresh_from_db()
    assert not content.mask


@pytest.mark.parametrize(
    ("path", "message", "checked"),
    [
        ("generation.nono.propose", "nono", True),
        ("nono.propose", "nono", True),
        ("nono", "nono", True),
        ("", "", True),
        ("generation.nst.foreground.nono", "nono", False),  # seen only by importing it
        (f"{__name__}.not_callable", "it is of type int", False),
    ],
)
def test_a_wrong_path_is_named(settings, path, message, checked):
    settings.FOREGROUND_SEGMENTER = path
    expected = f"TEXTURESTUDY_SEGMENTER: expected the dotted path.*got '{path}'.*{message}"
    with pytest.raises(SegmenterError, match=expected):
        load_segmenter()
    found = [each for each in run_checks() if each.id == "generation.E001"]
    assert len(found) == checked
    assert all(str(each.msg).startswith("TEXTURESTUDY_SEGMENTER") for each in found)


def test_the_default_path_is_in_order(settings):
    assert settings.FOREGROUND_SEGMENTER == DEFAULT
    assert load_segmenter().__name__ == "propose_mask"
    assert not [each for each in run_checks() if each.id == "generation.E001"]
