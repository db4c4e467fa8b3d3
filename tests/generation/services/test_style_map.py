from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.models import Description, StyleMap, WebImage, Word
from generation.services import style_map
from generation.services.desk import ask_map
from generation.services.style_map import StyleMapError, draw_style_map, latest_style_map
from jobs.services import leases, work
from tests.generation.desk import make_images
from tests.generation.rows import make_web_image
from tests.generation.services.test_describe import quick  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def words(settings, tmp_path):
    """Two words of 8 described images each, both of the same two styles; one without images."""
    settings.DATA_DIR = tmp_path
    made = [Word.objects.create(text=name, reading=name) for name in ("fusa", "zara", "nothing")]
    for number, word in enumerate(made[:2]):
        make_images(word, 8, first=100 * number)
    return made


class Told:
    def __init__(self):
        self.stages, self.steps = [], 0

    def begin(self, stage, total):
        self.stages.append((stage, total))

    def add(self):
        self.steps += 1


def exclude(image: WebImage) -> None:
    WebImage.objects.filter(pk=image.pk).update(excluded_at=timezone.now())


def images(word: Word) -> list[WebImage]:
    return list(word.web_images.order_by("pk"))


def test_every_image_has_a_place_and_every_word_its_shares(words):
    found = draw_style_map()
    points = found.points
    assert {name: len(column) for name, column in points.items()} == {
        "image": 16, "word": 16, "x": 16, "y": 16, "unreadable": 0,
    }  # fmt: skip
    assert dict(zip(points["image"], points["word"], strict=True)) == {
        image.pk: word.pk for word in words[:2] for image in images(word)
    }
    assert max(map(abs, points["x"] + points["y"])) == 1
    assert found.overlap["word"] == [word.pk for word in words[:2]]
    for row in found.overlap["shares"]:
        assert sum(row) == pytest.approx(1, abs=1e-3)
        assert min(row) > 0.2  # both words have the same two styles


def test_the_same_images_give_the_map_that_is_there(words):
    first = draw_style_map()
    assert draw_style_map() == first
    other = draw_style_map(seed=1)
    assert other != first
    assert latest_style_map().map == other
    assert draw_style_map() == first
    assert latest_style_map().map == first  # it was asked for last
    assert StyleMap.objects.count() == 2


def test_what_came_and_went_since(words):
    assert latest_style_map() is None
    draw_style_map()
    assert not latest_style_map().is_old
    make_images(words[2], 2, first=300)
    exclude(images(words[0])[0])
    found = latest_style_map()
    assert (found.added, found.removed, found.old_descriptor) == (2, 1, False)
    assert found.is_old
    new = draw_style_map()
    assert len(new.points["image"]) == 17
    assert new.overlap["shares"][2] == [None, None, None]  # of two images only
    assert [row[2] for row in new.overlap["shares"]] == [None] * 3
    assert not latest_style_map().is_old


def test_features_of_another_descriptor_make_a_map_old(words, settings):
    found = draw_style_map()
    StyleMap.objects.filter(pk=found.pk).update(descriptor="an older one")
    assert latest_style_map().old_descriptor
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = "vgg19-caffe", "/nowhere.pth"
    assert not latest_style_map().old_descriptor  # nobody can tell


def test_at_most_so_many_images_of_a_word_those_with_the_smallest_hashes(words, monkeypatch):
    monkeypatch.setattr(style_map, "PER_WORD", 6)
    found = draw_style_map()
    expected = {
        image.pk
        for word in words
        for image in sorted(images(word), key=lambda image: image.sha256)[:6]
    }
    assert set(found.points["image"]) == expected
    assert not latest_style_map().is_old  # the others are not missing


def test_images_are_described_first_and_the_tally_is_told(words, quick):  # noqa: F811
    Description.objects.all().delete()  # the made-up style has another width
    make_web_image(words[0], 50)
    exclude(make_web_image(words[0], 51))
    told = Told()
    found = draw_style_map(tally=told)
    assert told.stages == [("describe", 17), ("place", 1)]
    assert told.steps == 18
    assert len(found.points["image"]) == 17


def test_an_image_that_is_not_drawn_is_not_described(words, quick, monkeypatch):  # noqa: F811
    late = make_web_image(words[0], 50)
    WebImage.objects.filter(pk=late.pk).update(sha256="f" * 64)
    monkeypatch.setattr(style_map, "PER_WORD", 8)
    draw_style_map()
    assert quick == []


def test_features_that_cannot_be_read_are_left_out_and_said(words):
    first, second = images(words[0])[:2]
    default_storage.delete(first.descriptions.get().file.name)
    found = draw_style_map()
    assert found.points["unreadable"] == [first.pk]
    assert len(found.points["image"]) == 15
    assert not latest_style_map().is_old
    exclude(second)
    assert (latest_style_map().added, latest_style_map().removed) == (0, 1)


@pytest.mark.parametrize("count", [0, 2])
def test_too_few_images_are_refused(settings, tmp_path, count):
    settings.DATA_DIR = tmp_path
    make_images(Word.objects.create(text="a", reading="a"), count)
    with pytest.raises(StyleMapError, match=f"at least 3 described images, got {count}"):
        draw_style_map()
    assert not StyleMap.objects.exists()


def test_a_job_draws_it(words):
    job, _ = ask_map()
    batch, ids = leases.claim(limit=1)
    work.run(batch=batch, ids=ids)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert job.outcome == f"#{latest_style_map().map.pk}"


def test_a_job_without_images_fails_for_good(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    job, _ = ask_map()
    batch, ids = leases.claim(limit=1)
    work.run(batch=batch, ids=ids)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.reason == "expected at least 3 described images, got 0; manage.py collect finds some"
