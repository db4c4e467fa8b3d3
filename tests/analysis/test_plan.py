"""The plan as the results read it: its words, its deviations, and what is exploratory."""

import math
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from analysis.peeking import peeks
from analysis.plan import Kind, Selection, deviations, facts_of, plan_of
from analysis.plan_text import lines, plan_card
from analysis.standing import Shows, standing
from analysis.stats.careless import Rules
from survey.models import AnalysisPlan, Peek
from survey.services.lifecycle import close, go_live, revise
from survey.services.peeking import peek
from survey.services.plan import amend, write_plan
from tests.analysis.factories import add_people
from tests.survey.studies import make_conditions, make_study

pytestmark = pytest.mark.django_db

NO_RULES = {
    "fast_ms": None, "fast_share": None, "failed_catches": None, "run_alpha": None,
    "position_alpha": None, "agreement_z": None,
}  # fmt: skip


@pytest.fixture
def staff():
    return get_user_model().objects.create_user("matsuo", is_staff=True)


@pytest.fixture
def study():
    """Live, with a plan of three people."""
    study = make_study(slug="study", status="draft", asks_familiarity=True)
    write_plan(study=study, people=3)
    return go_live(study=study)


def found(study, selection=None):
    plan = plan_of(study)
    facts = facts_of(study, plan, peeks=peeks(study))
    return {each.kind: each.text for each in deviations(plan, facts=facts, selection=selection)}


def test_a_plan_is_preset_to_the_rules_of_the_analysis_but_agreement(study):
    assert plan_of(study).selection.rules == replace(Rules(), agreement_z=-math.inf)


def test_a_rule_that_is_not_used_flags_nobody():
    study = make_study(status="draft")
    write_plan(study=study, people=3, **NO_RULES)
    rules = plan_of(study).selection.rules
    assert (rules.fast_ms, rules.fast_share) == (0, math.inf)
    assert rules.failed_catches == sys.maxsize
    assert (rules.run_alpha, rules.position_alpha, rules.agreement_z) == (0, 0, -math.inf)
    write_plan(
        study=study, fast_ms=500, fast_share=0.1, failed_catches=1, run_alpha=0.01,
        position_alpha=0.02, agreement_z=-2.5,
    )  # fmt: skip
    assert plan_of(study).selection.rules == Rules(500, 0.1, 1, 0.01, 0.02, -2.5)


def test_no_plan():
    study = make_study(slug="study")
    assert plan_of(study) is None
    card = plan_card(study)
    assert (card.plan, card.lines, card.deviations, card.notes) == (None, (), (), ())
    assert card.was_live


def test_a_draft_is_read_and_departs_from_nothing():
    study = make_study(slug="study", status="draft")
    write_plan(study=study, people=3)
    plan = plan_of(study)
    assert (plan.frozen_at, plan.sha256, plan.version, plan.was_live) == (None, "", None, False)
    assert plan.is_intact
    assert plan_card(study).deviations == ()


def test_nothing_departs_from_what_was_done_as_planned(study):
    add_people(study, 3)
    add_people(study, 2, answered=0.5, seed=1)
    add_people(study, 2, origin="pilot", seed=2)
    close(study=study)
    study.refresh_from_db()
    assert found(study, plan_of(study).selection) == {}


@pytest.mark.parametrize(
    ("people", "is_over", "kind", "text"),
    [
        (2, False, Kind.INTERIM, "2 of 3 planned people so far: these figures are interim."),
        (2, True, Kind.PEOPLE, "Planned were 3 people, there are 2."),
        (4, False, Kind.PEOPLE, "Planned were 3 people, there are 4."),
        (4, True, Kind.PEOPLE, "Planned were 3 people, there are 4."),
    ],
)
def test_the_number_of_people(study, people, is_over, kind, text):
    add_people(study, people)
    if is_over:
        close(study=study)
        study.refresh_from_db()
    assert found(study) == {kind: text}


def test_who_did_not_finish_counts_where_they_are_kept():
    study = make_study(slug="study", status="draft")
    write_plan(study=study, people=3, keeps_incomplete=True)
    study = go_live(study=study)
    add_people(study, 2)
    add_people(study, 1, answered=0.5, seed=1)
    add_people(study, 4, answered=0.0, seed=2)
    assert found(study) == {}


def test_looks_are_counted_and_looks_at_nothing_are_none(study, staff):
    peek(study=study, user=staff)
    assert Kind.PEEKED not in found(study)
    add_people(study, 3)
    now = timezone.now()
    for hours, answers in ((5, 24), (3, 48)):
        at = now - timedelta(hours=hours)
        Peek.objects.create(
            study=study, user=staff, user_name="matsuo", at=at, until=at, people_then=3,
            answers_then=answers,
        )  # fmt: skip
    day = timezone.localtime(now - timedelta(hours=5)).strftime("%Y-%m-%d")
    assert found(study) == {
        Kind.PEEKED: "p values were looked at 2 times before the study was over, "
        f"first at 24 answers on {day}."
    }


def test_a_study_that_was_opened_again(study):
    add_people(study, 3)
    close(study=study)
    study = go_live(study=study)
    assert "over with 24 answers, and took more from" in found(study)[Kind.REOPENED]


def test_another_version_and_other_origins(study):
    add_people(study, 3)
    values = {"title": {"en": "Other"}, "counted_origins": ["live", "pilot"]}
    study = revise(study=study, values=values)
    told = found(study)
    assert told == {
        Kind.VERSION: "The questionnaire was changed after the study went live: version 1 was "
        "planned, version 2 is in force.",
        Kind.ORIGINS: "Planned was to count people of the origins live; counted are live, pilot.",
    }


def test_amendments_are_deviations(study, staff):
    add_people(study, 3)
    plan = AnalysisPlan.objects.get()
    amend(plan=plan, what="Also Bonferroni.", why="A reviewer asked.", by=staff)
    assert found(study)[Kind.AMENDED].endswith(
        "by matsuo: Also Bonferroni. Reason: A reviewer asked."
    )
    assert plan_of(study).amendments[0].why == "A reviewer asked."


def test_a_plan_that_was_altered_is_named(study):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE survey_analysisplan SET alpha = 0.2")
    assert Kind.ALTERED in found(study)
    reasons = standing(plan_of(study), Shows.OVERALL, plan_of(study).selection).reasons
    assert reasons == ("The stored plan is not the one that was frozen.",)


def test_a_plan_that_got_around_the_freeze_is_named(study):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE survey_analysisplan "
            "SET frozen_at = NULL, version = NULL, canonical = '', sha256 = ''"
        )
    assert Kind.NOT_FROZEN in found(study)
    assert standing(plan_of(study), Shows.OVERALL, Selection()).is_exploratory


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"origins": frozenset({"live", "bot"})}, "people of the origins live, simulated."),
        ({"rules": None}, "Nobody is left out as careless."),
        ({"rules": Rules(fast_ms=300)}, "left out by other rules than planned"),
        ({"keeps_incomplete": True}, "People who did not finish are counted."),
        ({"least_familiarity": 2}, "by familiarity otherwise than planned"),
        ({"language": "ja"}, "who answered in one language"),
        ({"condition": "test"}, "Only one condition"),
    ],
)
def test_filters_that_differ_make_it_exploratory(study, change, text):
    add_people(study, 3)
    plan = plan_of(study)
    other = replace(plan.selection, **change)
    assert text in found(study, other)[Kind.FILTER]
    (reason,) = standing(plan, Shows.OVERALL, other).reasons
    assert text in reason
    assert standing(plan, Shows.OVERALL, plan.selection).is_planned


def test_only_the_primary_outcome_is_planned():
    study = make_study(slug="study", status="draft")
    write_plan(study=study, people=3, outcome="named", words=["fusafusa"])
    assert standing(plan_of(study), Shows.NAMED, Selection(), "fusafusa").reasons == (
        "No analysis plan was frozen before the study went live.",
    )
    study = go_live(study=study)
    plan = plan_of(study)
    assert standing(plan, Shows.NAMED, plan.selection, "fusafusa").is_planned
    assert standing(plan, Shows.NAMED, plan.selection, "mofumofu").reasons == (
        "The plan does not name this word.",
    )
    for other in (Shows.OVERALL, Shows.WORDS, Shows.CONDITIONS, Shows.OTHER):
        assert standing(plan, other, plan.selection).reasons == (
            "This is not the primary outcome of the plan.",
        )
    assert standing(None, Shows.OVERALL, Selection()).is_exploratory


def test_what_shows_are_the_outcomes():
    assert {*Shows} - {Shows.OTHER} == {*AnalysisPlan.Outcome.values}


def test_the_plan_in_words():
    study = make_study(slug="study", status="draft", asks_familiarity=True)
    write_plan(
        study=study, people=30, outcome="named", words=["fusafusa", "mofumofu"], alpha=0.01,
        correction="bh", agreement_z=-3, least_familiarity=1, hypotheses="Fur is seen.",
    )  # fmt: skip
    assert lines(plan_of(study)) == [
        ("Primary outcome", "Accuracy of one or more named words: fusafusa, mofumofu"),
        ("Test", "alpha 0.01, Benjamini-Hochberg"),
        ("Number of people", "30, before careless people are left out"),
        ("Counted people", "live"),
        (
            "Left out",
            "People who did not finish.\n"
            "Answers to words of which a person says less than “I have heard it”.\n"
            "People with 20 % or more of their answers below 1000 ms.\n"
            "People who failed 2 or more catch questions.\n"
            "People with a run of one position that has p < 0.001 by chance (Holm over people).\n"
            "People who use positions unequally, with p < 0.001 (Holm over people).\n"
            "People whose agreement with others has a robust z of −3 or less.",
        ),
        ("Hypotheses", "Fur is seen."),
    ]
    write_plan(
        study=study, outcome="overall", words=[], keeps_incomplete=True, least_familiarity=None,
        hypotheses="", **NO_RULES,
    )  # fmt: skip
    short = dict(lines(plan_of(study)))
    assert short["Test"] == "alpha 0.01"
    assert short["Left out"] == "Nobody and nothing."
    assert "Hypotheses" not in short


def test_the_plan_about_conditions_in_words():
    study = make_conditions("other", slug="study", status="draft")
    write_plan(study=study, people=30, outcome="conditions", baseline="test")
    shown = dict(lines(plan_of(study)))
    assert shown["Primary outcome"] == "Difference between the conditions, compared with test"
    assert shown["Test"] == "alpha 0.05, Holm"


def test_the_queries_do_not_grow(study, staff, django_assert_num_queries):
    add_people(study, 2)
    looks = peeks(study)
    with django_assert_num_queries(3):
        plan_card(study, peeks=looks)
    for n in range(3):
        amend(plan=AnalysisPlan.objects.get(), what=f"{n}", why="so", by=staff)
    add_people(study, 9, seed=1)
    with django_assert_num_queries(3):
        plan_card(study, peeks=looks)


def fragment(name, **context):
    return " ".join(render_to_string(f"analysis/{name}.html", context).split())


def test_the_fragment_shows_the_plan_first(study, staff):
    html = fragment("_plan", plan_card=plan_card(study))
    plan = plan_of(study)
    assert plan.sha256 in html
    assert "The planned analysis" in html
    assert "Nothing departs from the plan." in html
    assert "0 of 3 planned people so far" in html
    add_people(study, 3)
    assert "Nothing departs from the plan." in fragment("_plan", plan_card=plan_card(study))
    text = "<script>alert(1)</script>"
    amend(plan=AnalysisPlan.objects.get(), what=text, why="so", by=staff)
    html = fragment("_plan", plan_card=plan_card(study))
    assert "1 deviation from the plan" in html
    assert text not in html


@pytest.mark.parametrize(
    ("status", "says"),
    [("draft", "Nothing is fixed yet"), ("live", "went live without an analysis plan")],
)
def test_the_fragment_without_a_plan(status, says):
    study = make_study(slug="study", status=status)
    assert says in fragment("_plan", plan_card=plan_card(study))


def test_the_fragment_of_a_draft():
    study = make_study(slug="study", status="draft")
    write_plan(study=study, people=3)
    html = fragment("_plan", plan_card=plan_card(study))
    assert "The plan, a draft" in html
    assert "SHA-256" not in html


def test_the_badge(study):
    plan = plan_of(study)
    planned = standing(plan, Shows.OVERALL, plan.selection)
    assert ">planned</span>" in fragment("_exploratory", standing=planned)
    other = standing(plan, Shows.WORDS, plan.selection)
    html = fragment("_exploratory", standing=other)
    assert "exploratory</summary>" in html
    assert "This is not the primary outcome of the plan." in html


def test_japanese(study):
    with translation.override("ja"):
        html = fragment("_plan", plan_card=plan_card(study))
        assert "計画からの逸脱はありません" in html
        assert "計画した 3 人のうち現在 0 人です" in html
        assert not {"Planned", "left", "out", "people"} & set(html.split())
