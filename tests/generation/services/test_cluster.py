"""Describing and clustering, with the real network on crops of three photographs."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import timezone

from generation.models import Clustering, Description, StyleCluster, WebImage, Word
from generation.nst.clustering import ClusteringError
from generation.nst.features import descriptor_name
from generation.services.cluster import cluster
from generation.services.collect import Supply, collect
from generation.services.describe import describe_images, features_of, undescribed
from generation.sources import Samples

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def described(django_db_setup, django_db_blocker):
    """A word with crops of brick and of stars, described once for all these tests."""
    with django_db_blocker.unblock():
        word = Word.objects.create(text="ざらざら", reading="zarazara")
        for texture in ("brick", "stars"):
            collect(word=word, supply=Supply(Samples(count=4)), queries=[texture], limit=4)
        describe_images(images=undescribed([word]))
        yield word
        Clustering.objects.filter(word=word).delete()
        word.delete()


def textures(row: StyleCluster) -> set[str]:
    return set(row.members.values_list("web_image__query", flat=True))


def test_features_are_read_back_as_they_were_made(described):
    from PIL import Image

    from generation.nst import describe

    description = Description.objects.select_related("web_image").earliest("pk")
    assert description.descriptor == descriptor_name()
    with Image.open(description.web_image.file.path) as image:
        (made,) = describe([image])
    stored = features_of(description)
    # In a batch of another size the last bits of a sum may differ.
    np.testing.assert_allclose(stored.deep, made.deep, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(stored.style, made.style, rtol=1e-4, atol=1e-6)
    assert stored.style.dtype == np.float32


def test_only_usable_images_without_features_are_described(described):
    assert undescribed([described]) == []
    first, second, third = described.web_images.all()[:3]
    Description.objects.filter(web_image__in=[first, second]).delete()
    Description.objects.filter(web_image=third).update(descriptor="an older one")
    first.excluded_at = timezone.now()
    first.save()
    assert undescribed([described]) == [second, third]
    assert undescribed([]) == []
    told: list[None] = []
    describe_images(images=[second, third], progress=lambda: told.append(None))
    assert undescribed([described]) == []
    assert len(told) == 2
    assert third.descriptions.count() == 2


def test_two_textures_are_two_clusters(described):
    clustering = cluster(word=described, k=2)
    first, second = clustering.clusters.all()
    assert {frozenset(textures(first)), frozenset(textures(second))} == {
        frozenset({"brick"}),
        frozenset({"stars"}),
    }
    assert clustering.silhouette > 0.3
    for row in (first, second):
        members = list(row.members.all())
        assert [member.rank for member in members] == [0, 1, 2, 3]
        distances = [member.distance for member in members]
        assert distances == sorted(distances)


def test_the_same_images_and_parameters_are_the_same_clustering(described):
    first = cluster(word=described, k=2)
    assert cluster(word=described, k=2) == first
    assert cluster(word=described, k=2, seed=1) != first
    assert cluster(word=described, k=2, style_weight=2.0) != first
    assert Clustering.objects.count() == 3


def test_an_excluded_image_makes_a_new_clustering(described):
    first = cluster(word=described, k=2)
    image = described.web_images.first()
    image.excluded_at = timezone.now()
    image.save()
    second = cluster(word=described, k=2)
    assert second != first
    assert image.memberships.filter(cluster__clustering=second).count() == 0
    assert image.memberships.filter(cluster__clustering=first).count() == 1
    assert set(StyleCluster.objects.in_use()) == set(second.clusters.all())


def test_the_clustering_asked_for_last_is_in_use(described):
    two, three = cluster(word=described, k=2), cluster(word=described, k=3)
    assert set(StyleCluster.objects.in_use()) == set(three.clusters.all())
    cluster(word=described, k=2)
    assert set(StyleCluster.objects.in_use()) == set(two.clusters.all())
    first = two.clusters.first()
    first.in_use = False
    first.save()
    assert set(StyleCluster.objects.in_use()) == set(two.clusters.exclude(pk=first.pk))


def test_too_few_images_name_the_word(described):
    with pytest.raises(ClusteringError, match=r"ざらざら .*: expected at least 9 .*, got 8"):
        cluster(word=described, k=9)
    empty = Word.objects.create(text="もふもふ", reading="mofumofu")
    with pytest.raises(ClusteringError, match=r"mofumofu.*expected at least 3 .*, got 0"):
        cluster(word=empty)


def test_a_demand_of_licences_leaves_images_out(described):
    anything = cluster(word=described, k=2)
    assert anything.licence == "any"
    first, second = described.web_images.all()[:2]
    WebImage.objects.filter(pk=first.pk).update(licence="")
    WebImage.objects.filter(pk=second.pk).update(licence="CC BY-ND 2.0")
    sizes = {}
    for licence in ("known", "derivatives"):
        found = cluster(word=described, k=2, licence=licence)
        assert found.licence == licence
        assert cluster(word=described, k=2, licence=licence) == found != anything
        images = WebImage.objects.filter(memberships__cluster__clustering=found)
        assert set(images) == set(described.web_images.licensed(licence))
        sizes[licence] = images.count()
    assert sizes == {"known": 7, "derivatives": 6}
    # What any licence may have is what it was, and is found again.
    assert cluster(word=described, k=2) == anything
    with pytest.raises(
        ClusteringError, match=r"at least 8 described images, got 7; licence 'known' left out 1"
    ):
        cluster(word=described, k=8, licence="known")


def test_a_demand_that_leaves_nothing_out_is_a_clustering_of_its_own(described):
    anything = cluster(word=described, k=2)
    strict = cluster(word=described, k=2, licence="derivatives")
    assert strict != anything
    assert set(StyleCluster.objects.in_use("derivatives")) == set(strict.clusters.all())
    cluster(word=described, k=2)
    assert set(StyleCluster.objects.in_use()) == set(anything.clusters.all())
    assert set(StyleCluster.objects.in_use("derivatives")) == set(strict.clusters.all())


def test_too_few_different_images_name_the_word(described):
    first, second, third = described.web_images.all()[:3]
    WebImage.objects.exclude(pk__in=[first.pk, second.pk, third.pk]).update(
        excluded_at=timezone.now()
    )
    same = first.descriptions.get().file.name
    Description.objects.filter(web_image__in=[second, third]).update(file=same)
    with pytest.raises(ClusteringError, match=r"zarazara.*at least 2 different images, got 1"):
        cluster(word=described, k=2)
    assert Clustering.objects.count() == 0
