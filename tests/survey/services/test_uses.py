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
from tests.survey.studies import make_conditions, make_study

pytestmark = pytest.mark.django_db


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


def test_a_study_needs_its_words_clusters_by_each_of_its_recipes():
    study = make_conditions("other", words=3)
    factories.make_word("ぬるぬる", "nurunuru")
    (need,) = uses.needs()
    assert (need.key, need.label) == (f"study-{study.pk}", "textures (live)")
    assert [recipe.name for recipe, _ in need.wanted] == ["test", "other"]
    for _recipe, clusters in need.wanted:
        assert {cluster.word.reading for cluster in clusters} == {
            "fusafusa", "zarazara", "mofumofu"
        }  # fmt: skip
        assert len(clusters) == 9
    assert need.images == 18


def test_a_study_needs_the_clusters_that_are_in_use_now():
    make_study()
    taken_out = StyleCluster.objects.first()
    StyleCluster.objects.filter(pk=taken_out.pk).update(in_use=False)
    (need,) = uses.needs()
    ((_, clusters),) = need.wanted
    assert taken_out not in clusters
    assert len(clusters) == 8


def test_images_made_elsewhere_are_no_need():
    factories.make_stimuli(2, 3)
    imported = factories.make_condition("sdxl", imported=True)
    make_study(recipes=[imported])
    assert uses.needs() == []


def test_needs_take_as_many_queries_for_many_studies(django_assert_num_queries):
    for number in range(3):
        make_study(slug=f"study{number}")
    with django_assert_num_queries(4):  # questions, recipes, studies, clusters
        assert len(uses.needs()) == 3
