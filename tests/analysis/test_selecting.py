"""What filters choose: their own value, else the frozen plan's, else the study's."""

import pytest
from django.http import QueryDict

from analysis.frames import Selection
from analysis.plan import plan_of
from analysis.selecting import SelectionError, selection_of
from analysis.stats.careless import Rules
from survey.services.lifecycle import go_live
from survey.services.plan import write_plan
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db

LIVE = frozenset({"live"})


@pytest.fixture
def study():
    return make_study(slug="study", status="draft", asks_familiarity=True)


@pytest.fixture
def planned(study):
    write_plan(study=study, people=3, least_familiarity=1)
    return go_live(study=study)


def chosen(study, query, conditions=("test",)):
    return selection_of(QueryDict(query), study, plan_of(study), conditions)


def test_without_a_filter_the_study_decides(study):
    assert chosen(study, "") == Selection(origins=LIVE)
    study.counted_origins = ["live", "bot"]
    assert chosen(study, "").origins == {"live", "bot"}


def test_each_filter(study):
    usual = Selection(origins=LIVE)
    assert chosen(study, "origin=pilot&origin=bot").origins == {"pilot", "bot"}
    assert chosen(study, "origin=").origins == LIVE
    assert chosen(study, "language=ja").language == "ja"
    assert [chosen(study, f"least={n}").least_familiarity for n in "012"] == [None, 1, 2]
    assert chosen(study, "flags=out").rules == Rules()
    assert chosen(study, "flags=in").rules is None
    assert chosen(study, "incomplete=out").keeps_incomplete is False
    assert chosen(study, "incomplete=in") == usual


def test_a_condition_is_chosen_only_among_several(study):
    assert chosen(study, "condition=a", ["a", "b"]).condition == "a"
    assert chosen(study, "condition=a", ["a"]).condition == ""


def test_a_plan_decides_once_it_is_frozen(study, planned):
    usual = plan_of(planned).selection
    assert usual.least_familiarity == 1
    assert chosen(planned, "") == usual
    assert chosen(planned, "least=0").least_familiarity is None
    assert chosen(planned, "flags=in").rules is None


def test_a_draft_of_a_plan_decides_nothing(study):
    write_plan(study=study, people=3, least_familiarity=1)
    assert chosen(study, "") == Selection(origins=LIVE)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("origin=nobody", "origin: expected one of live, .*, got nobody"),
        ("least=3", "least: expected one of 0, 1, 2, got 3"),
        ("flags=sometimes", "flags: expected one of in, out, got sometimes"),
        ("incomplete=no", "incomplete: expected one of in, out, got no"),
        ("condition=other", "condition: expected one of test, got other"),
    ],
)
def test_a_value_that_is_not_offered(study, query, said):
    with pytest.raises(SelectionError, match=said):
        chosen(study, query)
