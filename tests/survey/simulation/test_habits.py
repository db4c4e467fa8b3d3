from collections import Counter
from random import Random

import pytest
from django.core.signals import request_started
from django.db import connection

from survey.models import Trial
from survey.simulation import habits
from tests.survey.simulation.faults import faulty_server
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clumsy(monkeypatch):
    """Gives everybody this habit, at each question."""

    def give(*given):
        monkeypatch.setattr(habits, "CLUMSY", given)
        monkeypatch.setattr(habits, "HOW_OFTEN", 1.0)

    return give


@pytest.fixture
def asked():
    """Counts the requests to the question page, by method and by what they accept."""
    found = Counter()

    def count(environ, **_):
        if environ["PATH_INFO"].endswith("/question/"):
            found[environ["REQUEST_METHOD"], environ["HTTP_ACCEPT"]] += 1

    request_started.connect(count)
    yield found
    request_started.disconnect(count)


def chosen(study):
    trials = Trial.objects.answered().filter(participant__study=study)
    return sorted(trials.values_list("participant__label", "question__index", "chosen__index"))


FETCH, FORM, PAGE = ("POST", "application/json"), ("POST", "text/html"), ("GET", "text/html")


@pytest.mark.parametrize(
    ("habit", "requests"),
    [
        (habits.properly, {FETCH: 12, PAGE: 3}),
        (habits.double_click, {FETCH: 24, PAGE: 3}),
        (habits.two_tabs, {FETCH: 24, PAGE: 3}),
        (habits.reload, {FETCH: 12, PAGE: 15}),
        (habits.lose_connection, {FETCH: 24, PAGE: 3}),
        (habits.no_javascript, {FORM: 12, PAGE: 12}),
    ],
)
def test_no_habit_changes_what_is_stored(study, run, clumsy, asked, habit, requests):
    clumsy(habit)
    result = run(study, clumsy=1)
    assert (result.answers_sent, result.stored, result.lost, result.doubled) == (12, 12, 0, 0)
    assert result.retries == 0
    assert asked == requests
    measured = {t.response_ms is not None for t in Trial.objects.all()}
    assert measured == {habit is not habits.no_javascript}
    clumsily = chosen(study)
    study.participants.all().delete()
    run(study, clumsy=0)
    assert chosen(study) == clumsily


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_a_share_is_clumsy_and_in_every_way(share):
    people = Counter(habits.draw_habit(Random(seed), share) for seed in range(2_000))
    assert people.pop(habits.properly, 0) / 2_000 == pytest.approx(1 - share, abs=0.04)
    assert set(people) == (set(habits.CLUMSY) if share else set())


def test_who_is_clumsy_is_so_now_and_then():
    ways = Counter(habits.now(habits.two_tabs, Random(seed)) for seed in range(1_000))
    assert set(ways) == {habits.properly, habits.two_tabs}
    assert ways[habits.two_tabs] / 1_000 == pytest.approx(habits.HOW_OFTEN, abs=0.05)
    ways = Counter(habits.now(habits.no_javascript, Random(seed)) for seed in range(100))
    assert set(ways) == {habits.no_javascript}


def test_a_server_that_fails_half_of_the_time_loses_and_doubles_nothing(run):
    study = make_study(contents=1)
    with faulty_server() as (url, met):
        result = run(study, url=url, participants=10, concurrency=3, clumsy=0.7)
    assert (result.answers_sent, result.stored, result.lost, result.doubled) == (40, 40, 0, 0)
    assert set(met) >= {"closed", "reply lost", "503", "500 after all"}
    assert result.retries > 20
    assert study.participants.complete().count() == 10


def test_a_lost_answer_is_noticed(study, run):
    """Somebody takes the first answer back while the second one is on its way."""
    told = []

    def lose(answers):
        told.append(answers)
        if len(told) == 2:
            Trial.objects.filter(order=0).update(answered_at=None, chosen=None, position=None)
            connection.close()

    result = run(study, participants=1, progress=lose)
    assert (result.answers_sent, result.stored, result.lost, result.doubled) == (4, 4, 1, 1)
