from __future__ import annotations

import io

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.models import Description, Word
from generation.nst.features import DESCRIPTOR
from generation.nst.retrieval import sketch
from generation.services import similar
from generation.services.similar import is_described, pack_sketches, similar_images
from generation.services.store import store
from tests.generation.rows import make_web_image

pytestmark = pytest.mark.django_db


def describe(image, style, **others):
    """Store a style for the image, without a sketch unless one is given."""
    data = io.BytesIO()
    np.savez(data, style=np.asarray(style, dtype="f4"), **others)
    name, _ = store("features", data.getvalue(), ".npz")
    return Description.objects.create(web_image=image, descriptor=DESCRIPTOR, file=name)


def at(angle, width=4_000):
    """A vector in a plane of its own width, at an angle to the first axis."""
    one, two = np.random.default_rng(0).normal(size=(2, width))
    one /= np.linalg.norm(one)
    two -= one * (one @ two)
    return np.cos(angle) * one + np.sin(angle) * two / np.linalg.norm(two)


@pytest.fixture
def images(settings, tmp_path):
    """Eight images at growing angles to the first, of two words in turn."""
    settings.DATA_DIR = tmp_path
    words = [Word.objects.create(text=reading, reading=reading) for reading in ("fusa", "zara")]
    found = [make_web_image(words[number % 2], number) for number in range(8)]
    for number, image in enumerate(found):
        describe(image, at(0.2 * number))
    return found


def test_the_nearest_come_first_with_their_exact_similarity(images):
    found = similar_images(image=images[0], k=3)
    assert [item.image for item in found] == images[1:4]
    assert [item.similarity for item in found] == pytest.approx(np.cos([0.2, 0.4, 0.6]))
    two = similar_images(image=images[4], k=2)
    assert {item.image for item in two} == {images[3], images[5]}
    assert len(similar_images(image=images[4], k=99)) == 7


def test_of_one_word_only(images):
    found = similar_images(image=images[0], k=12, word=images[0].word)
    assert [item.image for item in found] == images[2::2]


def test_excluded_images_and_other_descriptors_are_left_out(images):
    images[1].excluded_at = timezone.now()
    images[1].save()
    Description.objects.filter(web_image=images[2]).update(descriptor="an older one")
    assert [item.image for item in similar_images(image=images[0], k=2)] == [images[3], images[4]]
    # One that is excluded may still be looked at.
    assert similar_images(image=images[1], k=1)[0].image == images[0]
    assert similar_images(image=images[2]) == []
    assert (is_described(images[1]), is_described(images[2])) == (True, False)


def test_only_the_short_list_is_read_in_full(images, monkeypatch):
    pack_sketches()
    read = []
    original = similar.read_features
    monkeypatch.setattr(
        similar, "read_features", lambda name, *keys: read.append(keys) or original(name, *keys)
    )
    monkeypatch.setattr(similar, "_SHORT_LIST", 2)
    assert [item.image for item in similar_images(image=images[0], k=1)] == [images[1]]
    assert read == [("style",)] * 3


def test_the_packed_file_follows_the_descriptions(images):
    first = pack_sketches()
    assert len(first) == 8
    written = similar._path().stat().st_mtime_ns
    assert len(pack_sketches()) == 8
    assert similar._path().stat().st_mtime_ns == written  # nothing new, nothing written
    late = make_web_image(images[0].word, 50)
    describe(late, at(0.01))
    assert similar_images(image=images[0], k=1)[0].image == late
    images[3].descriptions.all().delete()
    assert len(pack_sketches()) == 8
    names = {name.decode() for name in pack_sketches()["name"]}
    assert names == set(Description.objects.values_list("file", flat=True))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00cut"])
def test_a_damaged_packed_file_is_made_anew(images, content):
    pack_sketches()
    similar._path().write_bytes(content)
    assert similar_images(image=images[0], k=1)[0].image == images[1]
    assert len(pack_sketches()) == 8


def test_a_stored_sketch_is_taken_as_it_is(images):
    image = make_web_image(images[0].word, 51)
    describe(image, at(3), sketch=sketch(at(0.01)))
    pack_sketches()
    found = similar_images(image=images[0], k=12)
    assert found[-1].image == image  # the sketch got it onto the list, the style decides
    assert found[-1].similarity == pytest.approx(np.cos(3))


def test_a_file_that_is_missing_is_left_out(images):
    pack_sketches()
    for number in (1, 3):
        default_storage.delete(images[number].descriptions.get().file.name)
    assert [item.image for item in similar_images(image=images[0], k=2)] == [images[2], images[4]]
    assert similar_images(image=images[1]) == []
    similar._path().unlink()
    assert [item.image for item in similar_images(image=images[0], k=2)] == [images[2], images[4]]
    assert len(pack_sketches()) == 6
