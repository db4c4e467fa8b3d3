"""A study that was composed and answered before there were conditions keeps all it has."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from analysis import frames
from survey.models import Participant, Question, Study, Trial
from tests.analysis.factories import add_people
from tests.factories import make_condition
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db(transaction=True)

# What the models say needs the newest migrations.
BEFORE, AFTER = [("survey", "0001_initial")], [("survey", "0008_setting_up")]


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.fixture(autouse=True)
def newest():
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def rows(apps, name, *fields):
    return list(apps.get_model("survey", name).objects.order_by("pk").values_list(*fields))


def everything(apps):
    return {
        "Question": rows(apps, "Question", "pk", "study", "index", "kind", "content", "word"),
        "Option": rows(apps, "Option", "pk", "question", "index", "stylised", "is_target"),
        "Participant": rows(apps, "Participant", "pk", "token", "seed", "completion_code"),
        "Trial": rows(apps, "Trial", "pk", "participant", "question", "grid", "chosen"),
    }


def test_the_way_there_and_back_keeps_questions_and_results():
    study = make_study(status="live")
    add_people(study, 3, skill=0.7)
    (recipe,) = {q.recipe_id for q in study.questions.about_words()}
    results = frames.cells(frames.counted(study)), sorted(frames.scores(frames.counted(study)))
    old = migrate(BEFORE)
    before = everything(old)
    assert len(before["Trial"]) == 24
    new = migrate(AFTER)
    assert everything(new) == before
    assert set(Question.objects.values_list("kind", "recipe")) == {
        ("word", recipe),
        ("catch", None),
    }
    assert set(Study.objects.values_list("design", flat=True)) == {"within"}
    assert set(Participant.objects.values_list("condition", flat=True)) == {None}
    study.refresh_from_db()
    assert (
        frames.cells(frames.counted(study)),
        sorted(frames.scores(frames.counted(study))),
    ) == results
    # What was composed before is the same composition now: people have answered it.
    assert make_study(status="live").version == 1


def test_a_question_of_mixed_images_has_no_condition():
    study = make_study(status="live")
    other = make_condition("other")
    question = study.questions.about_words().first()
    option = question.options.first()
    option.stylised = other.stylised.filter(content=question.content).first()
    option.save()
    migrate(BEFORE)
    migrate(AFTER)
    question.refresh_from_db()
    assert question.recipe is None
    assert Question.objects.filter(kind="word", recipe=None).count() == 1


def test_a_study_of_several_conditions_is_named_before_it_would_be_lost():
    make_study(status="live")
    make_condition("other")
    study = make_study(slug="two", status="live")
    add_people(study, 1)
    trials = Trial.objects.count()
    with pytest.raises(ValueError, match=r"cannot be kept without them: two$"):
        migrate(BEFORE)
    migrate(AFTER)
    assert Trial.objects.count() == trials
    assert Question.objects.filter(study=study).exclude(recipe=None).count() == 12
    question = study.questions.about_words().first()
    question.pk, question.index = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        question.save(force_insert=True)


def test_when_people_were_seen_is_told_from_what_is_known():
    study = make_study(status="live")
    person = add_people(study, 1)[0]
    early = add_people(study, 1, answered=0.5, seed=1)[0]
    migrate([("survey", "0003_licence")])
    migrate(AFTER)
    study.refresh_from_db()
    person.refresh_from_db()
    early.refresh_from_db()
    assert study.live_at == study.composed_at == study.created_at
    assert person.seen_at == person.finished_at
    assert early.seen_at == early.started_at
