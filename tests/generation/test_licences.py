"""Which images and clusters a demand of licences admits, and whose style went into an image."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.models import (
    Clustering,
    ClusterMember,
    Recipe,
    StyleCluster,
    StylisedImage,
    WebImage,
    Word,
)
from generation.services.stylise import enqueue
from tests.generation.rows import make_clusters, make_contents, make_recipe, make_web_image

pytestmark = pytest.mark.django_db

LICENCES = ["", "CC BY-ND 2.0", "CC0"]


@pytest.fixture
def word():
    return Word.objects.create(text="ふさふさ", reading="fusafusa")


@pytest.fixture
def images(word):
    """An image of each standing."""
    rows = [make_web_image(word, number) for number in range(3)]
    for row, licence in zip(rows, LICENCES, strict=True):
        row.licence = licence
        row.save()
    return rows


def make_clustering(word, licence, *, minutes=0, **fields):
    """A clustering that was asked for some minutes after now."""
    clustering = Clustering.objects.create(
        word=word, parameters={}, licence=licence,
        **({"descriptor": "test", "fingerprint": f"{licence} {minutes}"} | fields),
        chosen_at=timezone.now() + timedelta(minutes=minutes),
    )  # fmt: skip
    StyleCluster.objects.create(clustering=clustering, index=0)
    return clustering


def test_the_standing_of_an_image_and_the_word_for_it(images):
    assert [image.standing for image in images] == ["unknown", "unsure", "free"]
    for image in images:
        assert list(WebImage.objects.standing(image.standing)) == [image]


def test_the_last_clustering_that_is_strict_enough_is_in_use(word):
    loose = make_clustering(word, "any", minutes=1)
    strict = make_clustering(word, "derivatives", minutes=2)
    known = make_clustering(word, "known", minutes=3)
    newest = make_clustering(word, "any", minutes=4)
    make_clustering(word, "any", minutes=5, descriptor=Clustering.IMPORTED)
    chosen = {demand: Clustering.objects.last_chosen(demand).get()
              for demand in ("any", "known", "derivatives")}  # fmt: skip
    assert chosen == {"any": newest, "known": known, "derivatives": strict}
    assert Clustering.objects.last_chosen().get() == newest
    assert StyleCluster.objects.in_use("derivatives").get().clustering == strict
    assert StyleCluster.objects.of_recipe(make_recipe(), "known").get().clustering == known
    strict.chosen_at = timezone.now() + timedelta(minutes=9)
    strict.save()
    for demand in ("any", "known", "derivatives"):
        assert Clustering.objects.last_chosen(demand).get() == strict
    assert loose in Clustering.objects.all()


def test_a_word_without_a_clustering_that_is_strict_enough_has_none(word):
    make_clustering(word, "any")
    assert not StyleCluster.objects.in_use("known").exists()


def test_behind_an_image_are_the_members_that_its_recipe_takes(django_assert_num_queries):
    cluster = make_clusters(2)[0]
    for rank in range(1, 4):
        image = make_web_image(cluster.word, 10 + rank)
        ClusterMember.objects.create(
            cluster=cluster, web_image=image, rank=rank, distance=rank, outlier=rank == 3
        )
    contents = make_contents(2)
    two, many = make_recipe(style_members=2), make_recipe()
    enqueue(contents=contents, recipes=[two], clusters=[cluster])
    shown = StylisedImage.objects.all()

    def ranks():
        return list(ClusterMember.objects.behind(shown).values_list("rank", flat=True))

    assert ranks() == [0, 1]
    enqueue(contents=contents, recipes=[many], clusters=[cluster])
    with django_assert_num_queries(2):
        assert ranks() == [0, 1, 2]
    Recipe.objects.update(imported=True)
    assert ranks() == []


def test_the_list_is_filtered_by_standing_and_marks_it(admin_client, images):
    address = reverse("admin:generation_webimage_changelist")
    html = admin_client.get(address).text
    assert "⚠ licence unknown" in html
    assert "CC BY-ND 2.0 <small>⚠ not known to allow changed images</small>" in html
    for image, standing in zip(images, ("unknown", "unsure", "free"), strict=True):
        shown = admin_client.get(address, {"standing": standing}).context["cl"].result_list
        assert list(shown) == [image]
    assert admin_client.get(address, {"standing": "nono"}).context["cl"].result_count == 3
    japanese = admin_client.get(address, headers={"accept-language": "ja"}).text
    assert "ライセンス不明" in japanese
