from uuid import uuid4

import pytest

from survey.errors import EnrolError
from survey.models import Participant, Study, Trial
from survey.services.enrol import enrol
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def test_a_participant_gets_every_question_in_an_order_of_their_own():
    study = make_study()
    people = [enrol(study=study, language="ja") for _ in range(3)]
    orders = set()
    for person in people:
        trials = list(person.trials.select_related("question"))
        assert [t.order for t in trials] == list(range(8))
        assert {t.question for t in trials} == set(study.questions.all())
        for trial in trials:
            assert sorted(trial.grid) == [o.pk for o in trial.question.options.order_by("pk")]
        orders.add(tuple(t.question.index for t in trials))
    assert len(orders) > 1
    assert len({p.token for p in people} | {p.seed for p in people}) == 6


def test_the_same_token_is_the_same_participant():
    study, token = make_study(), uuid4()
    first = enrol(study=study, language="ja", token=token)
    assert enrol(study=study, language="en", token=token) == first
    assert Trial.objects.count() == 8


def test_the_same_label_is_the_same_participant_and_seed():
    study = make_study()
    first = enrol(study=study, language="ja", origin="bot", label="bot-001")
    assert enrol(study=study, language="ja", origin="bot", label="bot-001") == first
    grids = list(first.trials.values_list("grid", flat=True))
    first.delete()
    again = enrol(study=study, language="ja", origin="bot", label="bot-001")
    assert list(again.trials.values_list("grid", flat=True)) == grids
    with pytest.raises(EnrolError, match="enrolled as bot, not as pilot"):
        enrol(study=study, language="ja", origin="pilot", label="bot-001")


def test_a_study_without_questions_or_closed_enrols_nobody():
    with pytest.raises(EnrolError, match="has 0 questions: compose it first"):
        enrol(study=Study.objects.create(slug="empty"), language="ja")
    with pytest.raises(EnrolError, match="textures is closed"):
        enrol(study=make_study(status="closed"), language="ja")
    assert not Participant.objects.exists()


def test_an_enrolment_takes_few_queries(django_assert_num_queries):
    study = make_study()
    # savepoint, study, token, last number, participant, trials, release
    with django_assert_num_queries(7):
        enrol(study=study, language="ja", token=uuid4())
