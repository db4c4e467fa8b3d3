from __future__ import annotations

import pytest

from generation import uses
from generation.models import (
    Clustering,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    Word,
)
from survey.models import Study
from tests import factories
from tests.accounts import make_account
from tests.survey.studies import make_conditions, make_study
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make_account(Role.ADMIN)


@pytest.mark.parametrize(
    ("model", "questions"),
    [(ContentImage, 4), (Word, 8), (Recipe, 8), (Clustering, 8), (StyleCluster, 8)],
)
def test_a_study_is_named_with_the_questions_it_is_built_on(model, questions):
    make_study()  # of two contents and three words, so that nine options show every image
    row = model.objects.first()
    assert uses.uses(row) == [f"study textures (live), in {questions} questions"]


def test_nothing_is_built_on_what_no_study_shows():
    study = make_study()
    word = factories.make_word("ぬるぬる", "nurunuru")
    recipe = factories.make_recipe("other", seed=5)
    clustering = word.clusterings.get()
    for row in (word, recipe, clustering, clustering.clusters.first(), study):
        assert uses.uses(row) == []


def test_every_study_is_named():
    make_study()
    make_study(slug="again", status=Study.Status.DRAFT)
    assert uses.uses(ContentImage.objects.first()) == [
        "study again (draft), in 4 questions",
        "study textures (live), in 4 questions",
    ]
    image = StylisedImage.objects.first()
    assert [reason.split(",")[0] for reason in uses.uses(image)] == [
        "study again (draft)",
        "study textures (live)",
    ]


def test_a_study_needs_its_words_clusters_by_each_of_its_recipes(user):
    study = make_conditions("other", words=3)
    factories.make_word("ぬるぬる", "nurunuru")
    (need,) = uses.needs(user)
    assert (need.key, need.label) == (f"study-{study.pk}", "textures (live)")
    assert [recipe.name for recipe, _ in need.wanted] == ["test", "other"]
    for _recipe, clusters in need.wanted:
        assert {cluster.word.reading for cluster in clusters} == {
            "fusafusa", "zarazara", "mofumofu"
        }  # fmt: skip
        assert len(clusters) == 9
    assert need.images == 18


def test_a_study_needs_the_clusters_that_are_in_use_now(user):
    make_study()
    taken_out = StyleCluster.objects.first()
    StyleCluster.objects.filter(pk=taken_out.pk).update(in_use=False)
    (need,) = uses.needs(user)
    ((_, clusters),) = need.wanted
    assert taken_out not in clusters
    assert len(clusters) == 8


def test_images_made_elsewhere_are_no_need(user):
    factories.make_stimuli(2, 3)
    imported = factories.make_condition("sdxl", imported=True)
    make_study(recipes=[imported])
    assert uses.needs(user) == []


def test_needs_take_as_many_queries_for_many_studies(django_assert_num_queries, user):
    for number in range(3):
        make_study(slug=f"study{number}")
    user.has_perm("survey.every_study")  # as the page has asked already
    with django_assert_num_queries(4):  # questions, recipes, studies, clusters
        assert len(uses.needs(user)) == 3


def test_a_researcher_is_offered_the_needs_of_their_own_studies():
    make_study()
    own = make_study(slug="own")
    user = make_account(Role.RESEARCHER, of=own)
    assert [need.key for need in uses.needs(user)] == [f"study-{own.pk}"]
    assert uses.needs(make_account(None)) == []
