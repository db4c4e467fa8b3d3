"""The analysis plan: what it can be, how it is frozen, and that it then stays."""

import hashlib
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from audit.errors import LogError
from survey.errors import LifecycleError, PlanError
from survey.models import Amendment, AnalysisPlan, Study
from survey.services.lifecycle import close, go_live, revise
from survey.services.plan import amend, is_intact, write_plan
from tests.survey.studies import make_conditions, make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return make_study(contents=2, status="draft")


@pytest.fixture
def researcher():
    return get_user_model().objects.create_user("matsuo")


@pytest.mark.parametrize(
    ("decisions", "field", "message"),
    [
        ({"alpha": 0.0}, "alpha", "greater than 0 and less than 0.5, got 0.0."),
        ({"alpha": 0.5}, "alpha", "greater than 0 and less than 0.5, got 0.5."),
        ({"people": 1}, "people", "Expected 2 or more, got 1."),
        ({"fast_ms": 0}, "fast_ms", "Expected 1 or more, got 0."),
        ({"fast_share": 1.5}, "fast_share", "greater than 0 and at most 1, got 1.5."),
        ({"fast_share": None}, "fast_share", "both the time and the share of answers"),
        ({"fast_ms": None}, "fast_ms", "both the time and the share of answers"),
        ({"failed_catches": 3}, "failed_catches", "Expected at most 2, the catch questions"),
        ({"run_alpha": 0.7}, "run_alpha", "less than 0.5, got 0.7."),
        ({"position_alpha": 0}, "position_alpha", "greater than 0"),
        ({"agreement_z": 2.0}, "agreement_z", "Expected a number less than 0, got 2.0."),
        ({"least_familiarity": 1}, "least_familiarity", "Expected a study that asks how well"),
        ({"outcome": "named"}, "words", "Expected one word or more"),
        ({"words": ["fusafusa"]}, "words", "Expected no named words"),
        ({"outcome": "named", "words": ["kirakira"]}, "words", "got kirakira."),
        ({"outcome": "named", "words": "fusafusa"}, "words", "Expected a list of readings"),
        ({"outcome": "named", "words": ["fusafusa"] * 2}, "words", "Expected each word once"),
        ({"outcome": "words", "correction": "none"}, "correction", "Expected a correction"),
        ({"outcome": "conditions", "baseline": "test"}, "outcome", "two conditions or more"),
        ({"baseline": "test"}, "baseline", "Expected nothing to compare with"),
        ({"outcome": "odd"}, "outcome", "odd"),
    ],
)
def test_what_a_plan_cannot_be_is_said(draft, decisions, field, message):
    with pytest.raises(PlanError, match=f"{field}: .*{message}"):
        write_plan(study=draft, **{"people": 30, **decisions})
    assert not AnalysisPlan.objects.exists()


def test_a_field_that_no_plan_has_is_refused(draft):
    with pytest.raises(PlanError, match=r"got frozen_at, power$"):
        write_plan(study=draft, people=30, power=0.8, frozen_at=timezone.now())


def test_a_draft_is_written_again_field_by_field(draft):
    write_plan(study=draft, people=30, outcome="named", words=["fusafusa"])
    plan = write_plan(study=draft, alpha=0.01)
    assert (plan.people, plan.words, plan.alpha) == (30, ["fusafusa"], 0.01)
    assert AnalysisPlan.objects.count() == 1


def test_the_conditions_are_those_of_the_study():
    study = make_conditions("other", status="draft")
    with pytest.raises(PlanError, match="one of the conditions test, other, got third"):
        write_plan(study=study, people=9, outcome="conditions", baseline="third")
    assert write_plan(study=study, people=9, outcome="conditions", baseline="other").pk


@pytest.mark.parametrize(
    "values",
    [
        {"alpha": 0.5},
        {"alpha": 0},
        {"people": 1},
        {"fast_ms": None},
        {"fast_share": None},
        {"fast_share": 0},
        {"failed_catches": 0},
        {"run_alpha": 0.5},
        {"position_alpha": 0},
        {"agreement_z": 0.1},
        {"outcome": "conditions"},
        {"baseline": "test"},
        {"frozen_at": timezone.now()},
        {"sha256": "0" * 64},
        {"version": 1, "frozen_at": timezone.now(), "canonical": "{}"},
        {"version": 1, "frozen_at": timezone.now(), "sha256": "0" * 64},
    ],
)
def test_the_database_refuses_it_as_well(draft, values):
    plan = write_plan(study=draft, people=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnalysisPlan.objects.filter(pk=plan.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnalysisPlan.objects.create(study=draft, people=9)  # one per study


def test_going_live_freezes_the_plan_with_its_hash(draft):
    write_plan(study=draft, people=30, hypotheses="ふさふさ > ざらざら")
    study = go_live(study=draft)
    plan = AnalysisPlan.objects.get()
    assert plan.frozen_at <= study.live_at
    assert plan.sha256 == hashlib.sha256(plan.canonical.encode()).hexdigest()
    frozen = json.loads(plan.canonical)
    assert list(frozen) == sorted(frozen)
    assert set(frozen["plan"]) == set(AnalysisPlan.DECISIONS)
    assert frozen["plan"]["hypotheses"] == "ふさふさ > ざらざら"
    assert frozen["plan"]["alpha"] == 0.05
    version = study.versions.get()
    assert frozen["questionnaire"] == {"version": 1, "sha256": version.sha256}
    assert frozen["counted_origins"] == plan.origins == ["live"]
    assert is_intact(plan)


def test_the_hash_is_of_the_decisions_however_they_were_written(draft):
    """The same decisions by a form (CRLF, integers, another order) and by a shell."""
    from survey.services.lifecycle import keep_version
    from survey.services.plan import canonical

    words = ["fusafusa", "mofumofu"]
    one = AnalysisPlan(
        study=draft, people=9, outcome="named", words=words, fast_share=1, hypotheses="a\r\nb"
    )
    other = AnalysisPlan(
        study=draft, people=9, outcome=AnalysisPlan.Outcome.NAMED, words=words[::-1],
        fast_share=1.0, hypotheses="a\nb",
    )  # fmt: skip
    version = keep_version(draft)
    assert canonical(one, version) == canonical(other, version)
    other.people = 10
    assert canonical(one, version) != canonical(other, version)


def test_without_a_plan_a_study_goes_live_and_gets_none_later(draft):
    study = go_live(study=draft)
    with pytest.raises(PlanError, match="a study that was never live, got textures"):
        write_plan(study=study, people=30)
    close(study=study)
    with pytest.raises(PlanError, match="never live"):
        AnalysisPlan(study=study, people=30).save()
    go_live(study=study)
    assert not AnalysisPlan.objects.exists()


def test_a_plan_that_no_longer_fits_keeps_the_study_a_draft(draft):
    write_plan(study=draft, people=30, outcome="named", words=["fusafusa"])
    draft.questions.filter(word__reading="fusafusa").delete()
    with pytest.raises(LifecycleError, match=r"plan of study textures does not hold: words: .*fus"):
        go_live(study=draft)
    draft.refresh_from_db()
    assert (draft.status, draft.live_at) == ("draft", None)
    assert not draft.versions.exists()
    assert AnalysisPlan.objects.get().frozen_at is None


def test_when_going_live_fails_at_the_end_nothing_is_frozen(draft, monkeypatch):
    write_plan(study=draft, people=30)

    def fails(self, *args, **kwargs):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Study, "save", fails)
        with pytest.raises(OSError, match="disk full"):
            go_live(study=draft)
    assert AnalysisPlan.objects.get().frozen_at is None


def test_what_is_frozen_stays(draft):
    write_plan(study=draft, people=30)
    study = go_live(study=draft)
    plan = AnalysisPlan.objects.get()
    before = AnalysisPlan.objects.values().get()
    plan.alpha = 0.1
    with pytest.raises(PlanError, match="write an amendment"):
        plan.save()
    with pytest.raises(PlanError, match="write an amendment"):
        write_plan(study=study, alpha=0.1)
    with pytest.raises(PlanError, match="write an amendment"):
        AnalysisPlan.objects.update(alpha=0.1)
    with pytest.raises(PlanError, match="is frozen and stays"):
        plan.delete()
    with pytest.raises(PlanError, match="neither changed nor removed"):
        AnalysisPlan.objects.all().delete()
    assert AnalysisPlan.objects.values().get() == before


def test_versions_after_going_live_keep_the_plan(draft):
    write_plan(study=draft, people=30)
    study = go_live(study=draft)
    before = AnalysisPlan.objects.values().get()
    make_participant(study)
    study = revise(study=study, values={"title": {"en": "Other"}})
    study = make_study(contents=2, seed=7, new_version=True)
    close(study=study)
    study = go_live(study=study)
    assert study.version == 3
    assert AnalysisPlan.objects.values().get() == before


def test_what_gets_around_the_guards_does_not_get_around_the_hash(draft):
    write_plan(study=draft, people=30)
    go_live(study=draft)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE survey_analysisplan SET people = 12")
    assert not is_intact(AnalysisPlan.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE survey_analysisplan SET people = 30")
    assert is_intact(AnalysisPlan.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE survey_analysisplan SET canonical = canonical || ' '")
    assert not is_intact(AnalysisPlan.objects.get())


def test_amendments_are_added_and_stay(draft, researcher):
    plan = write_plan(study=draft, people=30)
    with pytest.raises(PlanError, match="expected a frozen plan, got a draft"):
        amend(plan=plan, what="20 people", why="no money", by=researcher)
    go_live(study=draft)
    with pytest.raises(PlanError, match="got '20 people' and ''"):
        amend(plan=plan, what=" 20 people", why=" ", by=researcher)
    row = amend(plan=plan, what="20 people", why="no money", by=researcher)
    assert (row.by, row.by_name) == (researcher, "matsuo")
    row.what = "10 people"
    for change in (row.save, row.delete, Amendment.objects.all().delete):
        with pytest.raises(LogError):
            change()
    with pytest.raises(LogError):
        Amendment.objects.update(why=F("what"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.create(plan=plan, what="", why="no money")
    researcher.delete()
    row = Amendment.objects.get()
    assert (row.what, row.by, row.by_name) == ("20 people", None, "matsuo")
    Study.objects.all().delete()
    assert not Amendment.objects.exists()


def test_a_plan_that_was_typed_is_cleaned_like_one_that_was_written(draft):
    with pytest.raises(ValidationError) as refused:
        AnalysisPlan(study=draft, people=1, alpha=0.9).full_clean()
    assert set(refused.value.message_dict) == {"people", "alpha"}


def test_compose_says_that_there_is_no_plan(draft, capsys):
    again = ["compose", "--study", "textures", "--recipe", "test", "--title-en", "Textures"]
    call_command(*again)
    assert capsys.readouterr().err == ""
    call_command(*again, "--live")
    assert "live without an analysis plan" in capsys.readouterr().err


def test_compose_is_silent_where_there_is_one(draft, capsys):
    write_plan(study=draft, people=30)
    call_command("compose", "--study", "textures", "--recipe", "test", "--live")
    assert capsys.readouterr().err == ""
