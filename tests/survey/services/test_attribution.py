"""Whose pictures are behind a study."""

import pytest

from generation.models import (
    Clustering,
    ClusterMember,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    WebImage,
)
from survey.models import Study
from survey.services.attribution import Imported, attribution, credits_of
from tests.factories import add_members, make_condition, make_stimuli
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    make_stimuli(contents=2, words=3)
    add_members(creator="Somebody", licence="CC BY 4.0")
    return make_study()


def test_every_image_whose_style_is_shown(study):
    found = attribution(study=study)
    assert len(found.web_images) == 3 * 3 * 2
    assert set(found.web_images) == set(WebImage.objects.all())
    readings = [image.word.reading for image in found.web_images]
    assert readings == sorted(readings)
    assert [photograph.name for photograph in found.photographs] == ["content0", "content1"]
    assert found.imported == []


def test_outliers_and_what_no_question_offers_are_not_behind_it(study):
    unseen = ClusterMember.objects.filter(rank=1)
    unseen.update(outlier=True)
    assert len(attribution(study=study).web_images) == 9
    clustering = Clustering.objects.first()
    other = StyleCluster.objects.create(clustering=clustering, index=7)
    ClusterMember.objects.filter(cluster__index=0).first().web_image.memberships.update(
        cluster=other
    )
    StylisedImage.objects.create(
        content=ContentImage.objects.first(), cluster=other, recipe=Recipe.objects.first()
    )
    assert len(attribution(study=study).web_images) == 8


def test_a_member_that_the_recipe_does_not_reach_is_not_behind_it(study):
    recipe = Recipe.objects.get()
    recipe.parameters["style_members"] = 1
    recipe.save()
    ranks = {image.rank for image in attribution(study=study).web_images}
    assert ranks == {0}


def test_stimuli_made_elsewhere_say_so():
    make_stimuli(contents=2, words=3)
    add_members()
    elsewhere = make_condition("elsewhere", imported=True)
    Recipe.objects.filter(pk=elsewhere.pk).update(parameters={"method": "SDXL 1.0"})
    StylisedImage.objects.filter(recipe=elsewhere).update(licence="CC0")
    study = make_study(recipes=[elsewhere])
    found = attribution(study=study)
    assert found.web_images == []
    assert found.imported == [Imported("SDXL 1.0", "CC0", 18)]
    assert len(found.photographs) == 2


def test_a_study_without_questions():
    found = attribution(study=Study.objects.create(slug="empty"))
    assert (found.web_images, found.photographs, found.imported) == ([], [], [])


def test_queries_do_not_grow_with_images(study, django_assert_num_queries):
    for members in (2, 10):
        if members > 2:
            ClusterMember.objects.all().delete()
            WebImage.objects.all().delete()
            add_members(members)
        # The recipes, the web images, the photographs; then the words.
        with django_assert_num_queries(3):
            assert len(attribution(study=study).web_images) == 9 * members
        with django_assert_num_queries(4):
            credits_of(study=study)


def test_credits_give_no_word_away_and_name_a_picture_once(study):
    images = list(WebImage.objects.order_by("pk"))
    WebImage.objects.update(title="Wall", page_url="https://example.org/wall")
    for image, title in zip(images, ("ふさふさの猫", "Very FUSAFUSA", "Cat"), strict=False):
        WebImage.objects.filter(pk=image.pk).update(
            title=title, page_url="", url=f"file:///home/me/{image.pk}.png", creator=""
        )
    found, _ = credits_of(study=study)
    assert [(each.title, each.creator, each.source) for each in found] == [
        ("Wall", "Somebody", "https://example.org/wall"),
        ("", "", ""),
        ("Cat", "", ""),
    ]
    assert (found[0].host, found[1].host) == ("example.org", "")
