"""Computations in the background: by one of all who ask, taken over from the dead, and kept."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from analysis import background
from analysis.background import Inputs, LostClaimError, ask, claim
from analysis.models import Computation
from survey.models import Study
from tests.survey.test_races import _wait_for_waiting

pytestmark = pytest.mark.django_db

KIND = "sum"
INPUTS = Inputs(about="all", sha256="first", answers=3, given=[1, 2, 3])
MORE = replace(INPUTS, sha256="second", answers=4, given=[1, 2, 3, 4])


@pytest.fixture
def study():
    return Study.objects.create(slug="study", status="live")


@pytest.fixture
def work(monkeypatch):
    """Registers a function as what computes: `work(function)`."""

    def register(function):
        monkeypatch.setitem(background._works, KIND, function)

    register(lambda given, _report: sum(given))
    return register


def asked(study, inputs=INPUTS):
    return ask(study, [KIND], inputs)[KIND]


def stored():
    return Computation.objects.get()


def later(row, **fields):
    Computation.objects.filter(pk=row.pk).update(**fields)


def ago(**time_passed):
    return timezone.now() - timedelta(**time_passed)


def test_a_result_is_computed_and_kept(study, work):
    first = asked(study)
    assert first.shown.result == 6
    assert (first.running, first.failed, first.is_stale, first.again_at) == (None,) * 2 + (
        False,
        None,
    )
    work(lambda _given, _report: pytest.fail("computed twice"))
    assert asked(study).shown.pk == first.shown.pk
    assert stored().state == "done"
    assert stored().claim is stored().lease_until is None
    assert stored().started_at <= stored().finished_at


def test_it_takes_one_query_when_it_is_there(study, work, django_assert_num_queries):
    asked(study)
    with django_assert_num_queries(1):
        asked(study)


def test_asking_while_it_runs_begins_nothing(study, work, monkeypatch, django_assert_num_queries):
    begun = []
    monkeypatch.setattr(background, "start", lambda *given: begun.append(given) or _Nobody())
    with django_assert_num_queries(4):  # look, queue, claim, look
        assert asked(study).running.state == "running"
    with django_assert_num_queries(1):
        assert asked(study).running.answers == 3
    assert len(begun) == 1


class _Nobody:
    def join(self, timeout=None):
        """Still running."""


def test_progress_is_stored_and_prolongs_the_lease(study, work):
    seen = []

    def slowly(given, report):
        before = stored().lease_until
        report("adding", 7)
        seen.append((stored().stage, stored().step, stored().lease_until > before))
        report("adding", 8)  # too soon after the other to be written
        seen.append(stored().step)
        report("done", 1)
        seen.append((stored().stage, stored().step))
        return sum(given)

    work(slowly)
    asked(study)
    assert seen == [("adding", 7, True), 7, ("done", 1)]


def test_a_failure_is_stored_and_not_repeated_at_once(study, work, caplog):
    work(lambda _given, _report: 1 / 0)
    failed = asked(study).failed
    assert failed.error.startswith("ZeroDivisionError: division by zero")
    assert "Traceback" in failed.error
    assert "failed" in caplog.text
    work(lambda given, _report: sum(given))
    assert asked(study).failed
    later(failed, finished_at=ago(minutes=6))
    again = asked(study)
    assert again.failed is None
    assert again.shown.result == 6
    assert stored().error == ""


def test_a_dead_lease_is_taken_over(study, work, monkeypatch):
    monkeypatch.setattr(background, "start", lambda *_given: _Nobody())  # killed at once
    dead = asked(study).running
    monkeypatch.undo()
    work(lambda given, _report: sum(given))
    monkeypatch.setattr(background, "start", _at_once)
    assert asked(study).running.claim == dead.claim  # its lease still holds
    later(dead, lease_until=ago(seconds=1))
    assert asked(study).shown.result == 6
    assert stored().pk == dead.pk


def _at_once(*given):
    background.run(*given)
    return _Nobody()


def test_who_lost_the_claim_stops_and_stores_nothing(study, work):
    other = uuid.uuid4()

    def interrupted(_given, report):
        later(stored(), claim=other)
        report("adding", 1)
        pytest.fail("went on")

    work(interrupted)
    asked(study)
    assert (stored().state, stored().claim, stored().result) == ("running", other, None)
    with pytest.raises(LostClaimError):
        background._Reporter(uuid.uuid4())("adding", 1)


def test_a_result_that_comes_too_late_is_not_stored(study, work):
    def slow(_given, _report):
        later(stored(), claim=uuid.uuid4())
        return "late"

    work(slow)
    asked(study)
    assert stored().result is None


def test_a_live_study_computes_anew_once_a_minute(study, work):
    old = asked(study).shown
    stale = asked(study, MORE)
    assert (stale.shown.pk, stale.shown.answers, stale.is_stale) == (old.pk, 3, True)
    assert stale.again_at == old.asked_at + background.PAUSE
    later(old, asked_at=ago(seconds=61))
    new = asked(study, MORE)
    assert (new.shown.result, new.is_stale, new.again_at) == (10, False, None)
    assert stored().pk == new.shown.pk  # the old one is gone


def test_the_old_result_is_shown_while_the_new_one_runs(study, work, monkeypatch):
    old = asked(study).shown
    later(old, asked_at=ago(minutes=2))
    monkeypatch.setattr(background, "start", lambda *_given: _Nobody())
    found = asked(study, MORE)
    assert (found.shown.pk, found.is_stale, found.running.answers) == (old.pk, True, 4)
    # Nor is a third begun, however many answers came in since.
    later(found.running, asked_at=ago(minutes=2))
    third = asked(study, replace(MORE, sha256="third"))
    assert third.running.pk == found.running.pk
    assert Computation.objects.count() == 2


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_others_do_not_wait(study, work, status):
    study.status = status
    asked(study)
    assert asked(study, MORE).shown.result == 10


def test_another_choice_of_answers_does_not_wait(study, work):
    asked(study)
    assert asked(study, replace(MORE, about="some")).shown.result == 10
    assert Computation.objects.count() == 2


def test_the_newest_are_kept(study, work, monkeypatch):
    monkeypatch.setattr(background, "_KEPT", 3)
    other = Study.objects.create(slug="other", status="live")
    asked(other)
    for number in range(5):
        asked(study, replace(INPUTS, about=str(number), sha256=str(number)))
    kept = Computation.objects.filter(study=study).order_by("pk")
    assert [row.about for row in kept] == ["2", "3", "4"]
    assert other.computations.count() == 1


def test_what_a_killed_process_left_goes_with_the_next_result(study, work, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(background, "start", lambda *_given: _Nobody())
        left = asked(study).running
    later(left, asked_at=ago(minutes=2), lease_until=ago(minutes=1))
    assert asked(study, MORE).shown.result == 10
    assert stored().sha256 == "second"


def test_the_database_knows_who_computes(study):
    for fields in (
        {"state": "running"},
        {"state": "done"},
        {"state": "queued", "claim": uuid.uuid4()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Computation.objects.create(study=study, kind=KIND, sha256="x", answers=1, **fields)


def _in_thread(call, began):
    try:
        began.release()
        return call()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(study):
    row = Computation.objects.create(study=study, kind=KIND, sha256="first", answers=3)
    began = threading.Semaphore(0)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            later(row, step=0)  # holds the row, and in SQLite the database
            calls = [
                pool.submit(_in_thread, lambda: claim(study, KIND, "first"), began)
                for _ in range(2)
            ]
            for _ in calls:
                began.acquire()
            if connection.vendor == "postgresql":
                _wait_for_waiting(2)
            else:
                time.sleep(0.3)
            assert not any(call.done() for call in calls)
        tokens = [call.result(timeout=10) for call in calls]
    assert sorted(token is None for token in tokens) == [False, True]
    assert stored().claim == next(filter(None, tokens))


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_its_own_computes(study, work, monkeypatch):
    """Of several who ask at once, for real."""
    monkeypatch.setattr(background, "start", START)
    runs, release = [], threading.Event()

    def slow(given, _report):
        runs.append(threading.current_thread())
        assert release.wait(10)
        return sum(given)

    work(slow)
    began = threading.Semaphore(0)
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(_in_thread, lambda: asked(study), began) for _ in range(3)]
        found = [call.result(timeout=20) for call in calls]
    assert all(each.running for each in found)
    release.set()
    runs[0].join(10)
    assert len(runs) == 1
    assert runs[0].daemon
    assert asked(study).shown.result == 6


START = background.start
