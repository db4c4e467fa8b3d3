from __future__ import annotations

import numpy as np
import pytest
from django.core.files.storage import default_storage

from generation.models import StylisedImage, WebImage, Word
from generation.nst.features import DESCRIPTOR, Features
from generation.nst.retrieval import sketch
from generation.services import describe
from generation.services.describe import (
    StoredStyles,
    describe_images,
    describe_stimuli,
    features_name,
    features_of,
    read_sketch,
    undescribed_stimuli,
)
from generation.services.store import store_png
from tests.generation.pictures import noise
from tests.generation.rows import make_queue, make_web_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def quick(monkeypatch):
    """Features of a picture's mean colour instead of the network's; the shapes it was given."""
    seen = []

    def described(files):
        from PIL import Image

        pictures = []
        for stored in files:
            with stored.open() as file:
                pictures.append(np.asarray(Image.open(file).convert("RGB"), dtype="f4"))
        seen.append([picture.shape[:2] for picture in pictures])
        means = [picture.mean((0, 1)) / 255 for picture in pictures]
        return [Features(mean, np.tile(mean, 5).astype("f4")) for mean in means]

    monkeypatch.setattr(describe, "_described", described)
    return seen


def test_images_of_a_shape_are_described_side_by_side(quick, monkeypatch):
    monkeypatch.setattr(describe, "_BATCH", 2)
    word = Word.objects.create(text="ざらざら", reading="zarazara")
    pictures = {}
    for number in range(5):
        image = make_web_image(word, number)
        size = (48, 40) if number % 2 else (24, 48)
        pictures[image.pk] = noise(300 + number, *size)
        name, digest = store_png("web", pictures[image.pk])
        WebImage.objects.filter(pk=image.pk).update(
            file=name, sha256=digest, width=size[0], height=size[1]
        )
    told: list[None] = []
    describe_images(images=WebImage.objects.all(), progress=lambda: told.append(None))
    assert quick == [[(48, 24), (48, 24)], [(48, 24), (40, 48)], [(40, 48)]]
    assert len(told) == 5
    for image in WebImage.objects.all():
        found = features_of(image.descriptions.get(descriptor=DESCRIPTOR))
        mean = np.asarray(pictures[image.pk], dtype="f4").mean((0, 1)) / 255
        np.testing.assert_allclose(found.deep, mean, rtol=1e-5)


def test_a_sketch_is_stored_and_made_where_there_is_none(quick):
    image = make_web_image(Word.objects.create(text="a", reading="a"), 0)
    describe_images(images=[image])
    description = image.descriptions.get()
    expected = sketch(features_of(description).style)
    np.testing.assert_array_equal(read_sketch(description.file.name), expected)
    with default_storage.open("features/old.npz", "wb") as file:
        np.savez(file, deep=np.ones(3), style=features_of(description).style)
    np.testing.assert_array_equal(read_sketch("features/old.npz"), expected)


def test_a_stimulus_is_described_once_per_picture(quick):
    rows = make_queue(contents=3)
    for row, seed in zip(rows, (1, 1, 2), strict=True):
        name, digest = store_png("stylised", noise(seed))
        StylisedImage.objects.filter(pk=row.pk).update(file=name, sha256=digest)
    stimuli = list(StylisedImage.objects.order_by("pk"))
    waiting = undescribed_stimuli(stimuli)
    assert [image.sha256 for image in waiting] == [stimuli[0].sha256, stimuli[2].sha256]
    describe_stimuli(images=waiting)
    assert undescribed_stimuli(stimuli) == []
    styles = StoredStyles([features_name(image) for image in stimuli])
    assert len(styles) == 3
    np.testing.assert_array_equal(styles[0], styles[1])
    assert not np.array_equal(styles[0], styles[2])
