from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from generation.models import StyleCluster, WebImage, Word
from generation.services.cluster import cluster
from generation.services.compare import compare
from generation.services.curate import CurationError, exclude, gallery, include
from generation.services.next_run import next_run, shown_parameters
from tests.generation.desk import last, make_desk, make_images
from tests.generation.rows import make_web_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def word():
    return make_desk()


@pytest.fixture
def somebody():
    return get_user_model().objects.create(username="somebody")


def ids(word):
    return list(WebImage.objects.filter(word=word).order_by("pk").values_list("pk", flat=True))


def run(word, **changes):
    shown = last(word)
    seen = gallery(word=word, clustering=shown)
    return next_run(seen=seen, shown=shown, parameters=shown_parameters(shown) | changes)


def test_an_excluded_image_stays_with_who_and_why(word, somebody):
    first, second, *rest = ids(word)
    assert exclude(word=word, ids=[first, second], by=somebody, why=" a logo ") == 2
    for image in WebImage.objects.filter(pk__in=[first, second]):
        assert (image.state, image.excluded_by, image.excluded_why) == ("ok", somebody, "a logo")
        assert image.excluded_at is not None
    assert list(WebImage.objects.usable().order_by("pk").values_list("pk", flat=True)) == rest
    assert include(word=word, ids=[first]) == 1
    image = WebImage.objects.get(pk=first)
    assert (image.excluded_at, image.excluded_by, image.excluded_why) == (None, None, "")


def test_a_decision_about_a_foreign_image_changes_nothing(word, somebody):
    foreign = make_web_image(Word.objects.create(text="x", reading="x"), 50)
    WebImage.objects.filter(pk=ids(word)[1]).update(state="gone")
    for bad in (foreign.pk, 10**9, ids(word)[1]):
        with pytest.raises(CurationError, match=str(bad)):
            exclude(word=word, ids=[ids(word)[0], bad], by=somebody, why="")
        with pytest.raises(CurationError):
            include(word=word, ids=[bad])
    assert not WebImage.objects.exclude(excluded_at=None).exists()


def test_the_gallery_has_every_kept_image_once(word):
    late, twin, gone = (make_web_image(word, 20 + number) for number in range(3))
    WebImage.objects.filter(pk=twin.pk).update(duplicate_of=late)
    WebImage.objects.filter(pk=gone.pk).update(state="rejected")
    seen = gallery(word=word, clustering=last(word))
    assert [len(group.members) for group in seen.groups] == [4, 4]
    assert [image.pk for image in seen.unclustered] == [late.pk]
    assert seen.near_duplicates == 1
    assert len({image.pk for image in seen.images}) == 9
    alone = gallery(word=word, clustering=None)
    assert alone.groups == []
    assert len(alone.unclustered) == 9


def test_the_next_run_says_when_it_would_change_nothing(word):
    found = run(word)
    assert found.same
    assert (found.images, found.added, found.removed, found.undescribed) == (8, 0, 0, 0)
    assert not run(word, k=3).same
    assert cluster(word=word, k=2) == last(word)  # as it said


def test_the_next_run_counts_what_it_would_do(word, somebody):
    exclude(word=word, ids=ids(word)[:3], by=somebody, why="")
    make_images(word, 1, first=30)
    bare = make_web_image(word, 40)
    make_web_image(word, 41)
    WebImage.objects.filter(rank=41).update(duplicate_of=bare)
    found = run(word)
    assert (found.images, found.added, found.removed, found.undescribed) == (7, 2, 3, 1)
    assert (found.excluded, found.near_duplicates, found.unlicensed) == (3, 1, 0)
    assert not found.same
    known = run(word, licence="known")  # the one with a licence is excluded
    assert (known.images, known.unlicensed, known.possible) == (0, 7, False)
    assert (known.fewest, run(word, k="auto").fewest) == (2, 3)


def test_side_by_side_tells_what_moved(word, somebody):
    before = last(word)
    gone = ids(word)[0]
    exclude(word=word, ids=[gone], by=somebody, why="")
    (fresh,) = make_images(word, 1, first=30)
    after = cluster(word=word, k=2)
    found = compare(before=before, after=after)
    assert found.agreement.adjusted_rand == 1
    assert found.agreement.common == 7
    assert (found.moved, found.only_before, found.only_after) == (set(), {gone}, {fresh.pk})
    assert all(old and new for old, new in found.rows)
    three = cluster(word=word, k=3)
    found = compare(before=after, after=three)
    assert [old is None for old, _ in found.rows].count(True) == 1
    assert found.moved  # to the cluster that has no counterpart
    assert found.agreement.adjusted_rand < 1


def test_a_cluster_out_of_use_makes_no_stimuli(word):
    StyleCluster.objects.filter(clustering=last(word), index=0).update(in_use=False)
    assert [c.index for c in StyleCluster.objects.in_use()] == [1]
