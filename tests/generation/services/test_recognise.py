"""Consistency and recognition, on styles that are made up and stored as real ones are."""

from __future__ import annotations

import io
import uuid

import numpy as np
import pytest
from django.utils import timezone

from generation.models import Clustering, ClusterMember, StyleCluster, StylisedImage, Word
from generation.nst.features import DESCRIPTOR
from generation.nst.recognition import RecognitionError
from generation.services.describe import features_name
from generation.services.recognise import (
    corpus,
    measure_consistency,
    recognise,
    recognised_held_out,
)
from storage import put
from tests.generation.rows import make_contents, make_recipe, make_web_image
from tests.generation.services.test_similar import describe

pytestmark = pytest.mark.django_db

WIDTH = 50
READINGS = ("fusa", "mofu", "zara")


def style(direction: int, seed: int, spread: float = 0.4) -> np.ndarray:
    """A unit vector about an axis."""
    noise = np.random.default_rng((direction, seed)).normal(0, spread / WIDTH**0.5, WIDTH)
    found = np.eye(WIDTH)[direction] + noise
    return found / np.linalg.norm(found)


@pytest.fixture
def words():
    """Three words of six images each, about the axes 0, 1 and 2."""
    found = [Word.objects.create(text=reading, reading=reading) for reading in READINGS]
    for axis, word in enumerate(found):
        for number in range(6):
            describe(make_web_image(word, 10 * axis + number), style(axis, number))
    return found


def make_stimulus(word: Word, found: np.ndarray, members=(), number: int = 0) -> StylisedImage:
    """A finished stimulus of its own cluster, whose style is stored."""
    clustering, _ = Clustering.objects.get_or_create(
        word=word, descriptor=DESCRIPTOR, fingerprint=word.reading, defaults={"parameters": {}}
    )
    cluster = StyleCluster.objects.create(clustering=clustering, index=clustering.clusters.count())
    for rank, image in enumerate(members):
        ClusterMember.objects.create(cluster=cluster, web_image=image, rank=rank, distance=0)
    content = make_contents(1)[0] if number == 0 else make_contents(number + 1)[number]
    image = StylisedImage.objects.create(
        content=content, cluster=cluster, recipe=make_recipe(),
        sha256=uuid.uuid4().hex * 2,  # the tests' files share a folder
    )  # fmt: skip
    data = io.BytesIO()
    np.savez(data, style=found.astype("f4"))
    put(features_name(image), data.getvalue())
    return image


def test_each_word_gets_the_share_of_its_images_that_are_found(words):
    told: list[None] = []
    found = measure_consistency(
        corpus=corpus(words=words), folds=3, progress=lambda: told.append(None)
    )
    assert found.words == READINGS
    assert dict(Word.objects.values_list("reading", "consistency")) == dict.fromkeys(READINGS, 1)
    assert len(told) == 3


def test_words_that_were_not_compared_have_no_number(words):
    images = list(words[2].web_images.all())
    for image in images[:2]:
        image.excluded_at = timezone.now()
        image.save()
    Word.objects.update(consistency=0.5)
    found = measure_consistency(corpus=corpus(words=words), folds=5)
    assert found.not_estimable == {"zara": "expected at least 5 different images, got 4"}
    assert [word.consistency for word in Word.objects.all()] == [1, 1, None]
    measure_consistency(corpus=corpus(words=words[1:]), folds=4)
    assert [word.consistency for word in Word.objects.all()] == [None, 1, 1]


def test_a_comparison_that_is_not_possible_changes_nothing(words):
    Word.objects.update(consistency=0.5)
    with pytest.raises(RecognitionError, match=r"at least 2 words .*got \{'fusa': 6\}"):
        measure_consistency(corpus=corpus(words=words[:1]))
    with pytest.raises(RecognitionError, match="there are none: run cluster"):
        corpus(words=[Word.objects.create(text="x", reading="x")])
    assert set(Word.objects.exclude(reading="x").values_list("consistency")) == {(0.5,)}


def test_one_file_under_two_words_is_one_picture(words):
    first = words[0].web_images.first()
    other = make_web_image(words[1], 99)
    type(other).objects.filter(pk=other.pk).update(sha256=first.sha256)
    describe(other, style(7, 0))
    found = corpus(words=words)
    assert (
        found.axes.groups[found.images.index(first.pk)]
        == (found.axes.groups[found.images.index(other.pk)])
    )
    assert len(set(found.axes.groups.tolist())) == 18


def test_stimuli_are_taken_for_a_word(words):
    like = make_stimulus(words[0], style(0, 50))
    unlike = make_stimulus(words[0], style(2, 50))
    unknown = make_stimulus(Word.objects.create(text="x", reading="x"), style(2, 51))
    StylisedImage.objects.filter(pk=unknown.pk).update(recognised=0.5, recognised_as=words[0])
    images = list(StylisedImage.objects.select_related("cluster__clustering__word"))
    recogniser = recognise(corpus=corpus(words=words), words=READINGS, images=images)
    for image in (like, unlike, unknown):
        image.refresh_from_db()
    assert (like.recognised_as, unlike.recognised_as) == (words[0], words[2])
    assert like.recognised > 0.8
    assert unlike.recognised < 0.1
    assert (unknown.recognised, unknown.recognised_as) == (None, None)
    shares = recogniser.predict_proba([style(0, 50).astype("f4")])
    assert like.recognised == pytest.approx(shares[0, 0])


def test_other_images_give_other_numbers_without_describing_again(words):
    image = make_stimulus(words[0], style(0, 50))

    def number():
        rows = list(StylisedImage.objects.select_related("cluster__clustering__word"))
        recognise(corpus=corpus(words=words), words=READINGS, images=rows)
        image.refresh_from_db()
        return image.recognised

    first = number()
    assert number() == first
    for row in words[0].web_images.all()[:5]:
        row.excluded_at = timezone.now()
        row.save()
    assert number() != first


def test_without_images_there_is_nothing_to_store(words):
    recogniser = recognise(corpus=corpus(words=words), words=READINGS[:2], images=[])
    assert recogniser.words == READINGS[:2]


def test_a_style_that_only_its_own_images_have_is_not_found_without_them(words):
    """fusa has a second style, which lies where zara is; its cluster's images alone say so."""
    fusa, mofu, zara = words
    own = [make_web_image(fusa, 60 + number) for number in range(6)]
    for number, image in enumerate(own):
        describe(image, style(2, 60 + number) + 1.5 * np.eye(WIDTH)[3])
    strange = make_stimulus(fusa, style(2, 80) + 1.5 * np.eye(WIDTH)[3], own)
    usual = make_stimulus(fusa, style(0, 80), list(fusa.web_images.all()[:3]))
    alone = make_stimulus(mofu, style(1, 80), list(mofu.web_images.all()))
    images = list(StylisedImage.objects.select_related("cluster__clustering__word").order_by("pk"))
    everything = corpus(words=words)
    recogniser = recognise(corpus=everything, words=READINGS, images=images)
    assert {image.recognised_as_id for image in images[:2]} == {fusa.pk}
    told: list[None] = []
    answer = recognised_held_out(
        corpus=everything, recogniser=recogniser, images=images,
        progress=lambda: told.append(None),
    )  # fmt: skip
    assert answer == {strange: False, usual: True}
    assert alone not in answer  # all of mofu's images made it
    assert len(told) == 3
    assert zara.reading in recogniser.words
