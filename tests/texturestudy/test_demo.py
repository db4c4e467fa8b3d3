"""The stages of manage.py demo that are its own."""

import pytest

from survey.models import AnalysisPlan, Study
from survey.services.lifecycle import go_live
from survey.services.plan import write_plan
from tests.survey.studies import make_study
from texturestudy import demo

pytestmark = pytest.mark.django_db


def draft():
    return make_study(status=Study.Status.DRAFT)


def test_the_plan_is_written_once_and_frozen_by_going_live():
    study = draft()
    demo.make_plan(study)
    demo.make_plan(study)
    plan = AnalysisPlan.objects.get()
    assert (plan.study, plan.outcome, plan.people) == (study, "words", demo.PARTICIPANTS)
    study = go_live(study=study)
    demo.make_plan(study)  # as a demo that was stopped while people answered is continued
    assert AnalysisPlan.objects.frozen().get() == plan


def test_a_plan_that_is_there_stays():
    study = draft()
    write_plan(study=study, people=7, outcome="overall")
    demo.make_plan(study)
    assert AnalysisPlan.objects.get().people == 7


def test_a_study_that_was_live_gets_no_plan():
    study = go_live(study=draft())
    demo.make_plan(study)
    assert not AnalysisPlan.objects.exists()
