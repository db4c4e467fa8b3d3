"""The stamp: another one whenever a figure can be, and cheap to ask for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from survey.models import Trial
from tests.analysis import factories

pytestmark = pytest.mark.django_db

URL = "/results/study/stamp/"


@pytest.fixture
def ask(admin_client):
    return lambda: admin_client.get(URL).json()


@pytest.fixture
def study():
    found = factories.make_study()
    factories.add_people(found, 2, answered=0.5)
    return found


def _answer(study):
    trial = Trial.objects.filter(answered_at=None).first()
    trial.answered_at, trial.chosen_id, trial.position = timezone.now(), trial.grid[0], 0
    trial.save()


def _leave(study):
    study.participants.first().delete()


def _count_pilots(study):
    study.counted_origins = ["live", "pilot"]
    study.save()


def _close(study):
    study.status = "closed"
    study.save()


@pytest.mark.parametrize("happens", [_answer, _leave, _count_pilots, _close])
def test_whatever_can_change_a_figure_changes_it(ask, study, happens):
    before = ask()
    assert ask() == before
    happens(study)
    assert ask()["stamp"] != before["stamp"]


def test_it_counts_answers_as_the_page_does(ask, study):
    assert ask()["answers"] == Trial.objects.answered().count()
    factories.add_people(study, 1, origin="pilot")
    assert ask()["answers"] == Trial.objects.answered().filter(participant__origin="live").count()


@pytest.mark.parametrize(("status", "every"), [("draft", 30), ("live", 4), ("closed", None)])
def test_how_often_a_page_asks(ask, study, status, every):
    study.status = status
    study.save()
    assert ask()["every"] == every


def test_its_price(admin_client, study):
    admin_client.get(URL)
    with CaptureQueriesContext(connection) as captured:
        response = admin_client.get(URL)
    # Two of them are the session and the user.
    assert len(captured) <= 5
    assert response.headers["Cache-Control"] == "no-store"


def test_for_staff_alone(client, study):
    assert client.get(URL).headers["Location"].startswith("/admin/login/")
