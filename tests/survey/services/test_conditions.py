"""Several recipes in one study: what is asked, and who is asked it."""

import hashlib
import json
from collections import Counter
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from generation.models import Clustering, Recipe, StyleCluster, StylisedImage, Word
from survey.errors import ComposeError
from survey.models import Option, Participant, Study
from survey.services.enrol import enrol
from survey.services.prepare import practice_cells
from tests.factories import make_condition, make_stimuli, unmake
from tests.survey.studies import make_conditions, make_participant, make_study

pytestmark = pytest.mark.django_db


def recipes_of(question):
    return {option.stylised.recipe for option in question.options.exclude(stylised=None)}


def clusters_of(question):
    return [(str(o.stylised.cluster), o.is_target) for o in question.options.all()]


def digest(value) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def test_a_study_of_one_recipe_is_the_one_it_always_was():
    """The questions as before there were conditions, the grids as since they are balanced."""
    study = make_study(contents=2, words=4, seed=3)
    questions = [
        [
            question.index,
            question.kind,
            question.content.name,
            question.word.reading if question.word else "",
            [
                [
                    option.index,
                    str(option.stylised.cluster) if option.stylised else option.content.name,
                    option.is_target,
                    option.sha256,
                ]
                for option in question.options.all()
            ],
        ]
        for question in study.questions.all()
    ]
    assert digest(questions) == "919e1380d0d776dad5880144d5d3a372e53bf0a8fe93bf337773f00cca3f3e17"
    person = enrol(study=study, language="ja", origin="bot", label="bot-001")
    indices = dict(Option.objects.values_list("pk", "index"))
    walk = [
        [trial.order, trial.question.index, [indices[option] for option in trial.grid]]
        for trial in person.trials.select_related("question")
    ]
    assert digest(walk) == "5ef0ef5b4c037e90480baa0cb685379c493ef44b07682f4001c54d2eef355e08"
    assert person.condition is None
    assert {q.recipe for q in study.questions.about_words()} == {Recipe.objects.get()}


def test_a_question_per_content_word_and_condition_and_one_catch_per_content():
    study = make_conditions("other", contents=2, words=4)
    asked = list(study.questions.about_words())
    assert len(asked) == 2 * 4 * 2
    assert len({(q.content, q.word, q.recipe) for q in asked}) == 16
    for question in asked:
        assert recipes_of(question) == {question.recipe}
        targets = question.options.filter(is_target=True)
        assert {option.stylised.cluster.word for option in targets} == {question.word}
    assert study.questions.catches().count() == 2
    assert study.questions_per_person() == 18


def test_conditions_with_the_same_clusters_differ_in_the_recipe_alone():
    study = make_conditions("other", contents=2, words=4)
    for question in study.questions.about_words().filter(recipe__name="test"):
        (twin,) = study.questions.filter(
            content=question.content, word=question.word, recipe__name="other"
        )
        assert clusters_of(twin) == clusters_of(question)


def test_within_people_a_catch_mixes_the_conditions_evenly():
    study = make_conditions("other", "third", contents=2, words=3)
    for catch in study.questions.catches():
        assert catch.recipe is None
        beside = [o.stylised.recipe.name for o in catch.options.exclude(stylised=None)]
        assert sorted(Counter(beside).values()) == [2, 3, 3]


def test_between_people_nobody_sees_an_image_of_another_condition():
    study = make_conditions("other", contents=2, words=3, design="between")
    assert study.questions.count() == 2 * (2 * 3 + 2)
    assert study.questions_per_person() == 8
    for _ in range(4):
        person = make_participant(study)
        assert person.condition
        seen = Option.objects.filter(question__trials__participant=person).exclude(stylised=None)
        assert {option.stylised.recipe for option in seen} == {person.condition}
        beside = {s.file for s, is_right in practice_cells(participant=person) if not is_right}
        practised = StylisedImage.objects.filter(file__in=beside)
        assert len(practised) == 8
        assert {image.recipe for image in practised} == {person.condition}
        assert person.trials.filter(question__kind="catch").count() == 2
        assert [t.order for t in person.trials.all()] == list(range(8))


def test_between_people_the_origins_are_balanced_each_for_itself():
    study = make_conditions("other", "third", design="between")
    for origin, people in (("preview", 2), ("live", 7), ("pilot", 4)):
        for _ in range(people):
            enrol(study=study, language="ja", origin=origin)
        own = study.participants.filter(origin=origin)
        counts = Counter(own.values_list("condition", flat=True))
        filled = [counts[recipe.pk] for recipe in Recipe.objects.all()]
        assert sum(filled) == people
        assert max(filled) - min(filled) == (people % 3 > 0)


def test_between_people_a_condition_is_kept():
    study, token = make_conditions("other", design="between"), uuid4()
    first = enrol(study=study, language="ja", token=token)
    enrol(study=study, language="ja")
    assert enrol(study=study, language="ja", token=token).condition == first.condition
    assert first.trials.count() == 8


def test_the_least_filled_condition_is_filled_up():
    study = make_conditions("other", design="between")
    people = [enrol(study=study, language="ja") for _ in range(6)]
    Participant.objects.filter(pk__in=[p.pk for p in people if p.condition.name == "test"]).delete()
    assert [enrol(study=study, language="ja").condition.name for _ in range(3)] == ["test"] * 3


def test_within_people_no_word_comes_twice_in_a_row():
    study = make_conditions("other", contents=2, words=4)
    for _ in range(5):
        trials = enrol(study=study, language="ja").trials.select_related("question")
        assert len(trials) == 18
        asked = [trial.question.word_id for trial in trials if trial.question.kind == "word"]
        assert all(a != b for a, b in pairwise(asked))


def test_an_enrolment_between_people_takes_one_query_more(django_assert_num_queries):
    study = make_conditions("other", design="between")
    # savepoint, study, token, people of each condition, last number, participant, trials, release
    with django_assert_num_queries(8):
        enrol(study=study, language="ja", token=uuid4())


def test_missing_images_are_named_by_content_word_and_recipe():
    make_stimuli(contents=2, words=3)
    other = make_condition("other")
    mine = StylisedImage.objects.filter(recipe=other, content__name="content1")
    mine.filter(cluster__clustering__word__reading="zarazara", cluster__index=1).delete()
    for image in mine.filter(cluster__clustering__word__reading="mofumofu"):
        unmake(image, "queued")
    for image in StylisedImage.objects.filter(
        recipe__name="test", content__name="content0", cluster__index=0
    ):
        unmake(image, "failed")
    with pytest.raises(ComposeError) as caught:
        make_study()
    assert str(caught.value) == (
        "stylised images by recipe test are missing: content0 has 6 of 9 "
        "(fusafusa 1 failed; mofumofu 1 failed; zarazara 1 failed); "
        "by recipe other are missing: content1 has 5 of 9 "
        "(mofumofu 3 queued; zarazara 1 not begun)"
        "; run manage.py stylise --recipe test; run manage.py stylise --recipe other"
    )
    assert not Study.objects.exists()


def test_images_made_elsewhere_are_a_condition_with_clusters_of_their_own():
    make_stimuli(contents=1, words=4)
    other = make_condition("painter", imported=True)
    StylisedImage.objects.filter(recipe=other).delete()
    for word in Word.objects.all():
        clustering = Clustering.objects.create(
            word=word, descriptor=Clustering.IMPORTED, parameters={}, fingerprint="painter"
        )
        for index in range(2):
            cluster = StyleCluster.objects.create(clustering=clustering, index=index)
            StylisedImage.objects.create(
                content_id=StylisedImage.objects.first().content_id,
                cluster=cluster,
                recipe=other,
                sha256=f"{word.pk}{index}".zfill(64),
            )
    study = make_study(options=8, status="draft")
    targets = Counter(
        Option.objects.filter(question__kind="word", is_target=True).values_list(
            "question__recipe__name", "question__word__reading"
        )
    )
    assert {name: n for (name, _), n in targets.items()} == {"test": 3, "painter": 2}
    assert study.questions.about_words().count() == 8


def test_an_imported_method_without_images_of_a_word_is_named():
    make_stimuli(contents=1, words=3)
    other = make_condition("painter", imported=True)
    words = StylisedImage.objects.filter(
        recipe=other, cluster__clustering__word__reading="zarazara"
    )
    words.delete()
    with pytest.raises(ComposeError, match="no image was imported as painter for zarazara"):
        make_study()


def test_the_same_conditions_again_change_nothing_and_other_ones_are_another_study():
    study = make_conditions("other", status="draft")
    before = list(study.questions.values_list("pk", "recipe"))
    assert make_study(status="draft").version == 1
    assert list(study.questions.values_list("pk", "recipe")) == before
    again = make_study(status="draft", design="between")
    assert (again.version, again.design) == (2, "between")
    enrol(study=again, language="ja", origin="pilot")
    with pytest.raises(ComposeError, match="has 1 participants who were asked other questions"):
        make_study(status="draft")
    again.refresh_from_db()
    assert again.design == "between"


def test_between_people_there_is_something_to_compare():
    with pytest.raises(ComposeError, match="two recipes or more to compare, got 1"):
        make_study(design="between")


def test_a_recipe_twice_and_none():
    make_stimuli(contents=1, words=3)
    recipe = Recipe.objects.get()
    with pytest.raises(ComposeError, match="expected each recipe once, got more of test"):
        make_study(recipes=[recipe, recipe])
    with pytest.raises(ComposeError, match="at least one recipe, got none"):
        make_study(recipes=[])


@pytest.mark.parametrize("mixed", [False, True])
def test_a_word_is_asked_once_per_condition(mixed):
    study = make_conditions("other", contents=1)
    question = study.questions.about_words().first()
    if mixed:
        question.recipe = None
        question.save()
    question.pk, question.index = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        question.save(force_insert=True)
