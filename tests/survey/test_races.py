"""Two requests behind one held lock, with one effect; SQLite has no row locks to hold."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from survey.errors import ClosedError, PlaceLeftError, PlanError, StudyFullError
from survey.models import AnalysisPlan, Participant, Peek, Study, Trial
from survey.services.enrol import enrol
from survey.services.lifecycle import close, go_live
from survey.services.peeking import peek
from survey.services.plan import is_intact, write_plan
from tests.survey.studies import give, make_conditions, make_participant, make_study

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="needs PostgreSQL: TEXTURESTUDY_DATABASE_URL"
    ),
]


def _in_thread(call: Callable[[], object]) -> object:
    try:
        return call()
    finally:
        connection.close()


def _wait_for_waiting(count: int) -> None:
    """Until this many sessions of this database wait for a lock."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction keeps its first view
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.01)
    raise AssertionError(f"{count} sessions were to wait for the lock, and did not")


def _race(lock: Callable[[], object], *calls: Callable[[], object]) -> list[object]:
    """Run the calls at once; each waits behind the lock that `lock` takes when the next comes."""
    with ThreadPoolExecutor(len(calls)) as pool:
        with transaction.atomic():
            lock()
            running = []
            for call in calls:
                running.append(pool.submit(_in_thread, call))
                _wait_for_waiting(len(running))
        return [future.result(timeout=10) for future in running]


def _answering(participant: Participant, trial: Trial, position: int) -> Callable[[], bool]:
    return lambda: give(participant, trial, position).is_new


def _locking(row: Participant | Trial) -> Callable[[], object]:
    return lambda: type(row).objects.select_for_update().get(pk=row.pk)


def test_of_two_answers_at_once_one_is_stored():
    participant = make_participant(make_study())
    trial = participant.trials.get(order=0)
    first, second = _race(
        _locking(trial), _answering(participant, trial, 2), _answering(participant, trial, 7)
    )
    assert sorted([first, second]) == [False, True]
    trial.refresh_from_db()
    assert trial.chosen_id == trial.grid[2 if first else 7]


def test_the_last_answer_twice_at_once_ends_it_once():
    participant = make_participant(make_study())
    *others, last = participant.trials.all()
    for trial in others:
        give(participant, trial)
    stored = _race(_locking(last), *[_answering(participant, last, 1)] * 2)
    assert sorted(stored) == [False, True]
    participant.refresh_from_db()
    assert participant.finished_at is not None
    assert len(participant.completion_code) == 10


def test_an_answer_against_close_is_there_when_close_returns_or_refused():
    participant = make_participant(make_study())
    trial = participant.trials.get(order=0)

    def answers():
        try:
            return give(participant, trial).is_new
        except ClosedError:
            return False

    def closes():
        close(study=participant.study)
        return Trial.objects.answered().exists()  # what an export made now would have

    was_stored, was_there = _race(_locking(trial), answers, closes)
    assert was_stored == was_there == Trial.objects.answered().exists()
    with pytest.raises(ClosedError):
        give(participant, participant.trials.get(order=1))


def test_of_two_starts_at_the_last_place_one_gets_it():
    study = make_study(quota=2)
    make_participant(study)

    def starts():
        try:
            return enrol(study=study, language="ja", token=uuid4())
        except StudyFullError:
            return None

    locked = lambda: Study.objects.select_for_update().get(pk=study.pk)  # noqa: E731
    people = _race(locked, starts, starts)
    assert people.count(None) == 1
    assert study.participants.count() == 2


def test_who_answers_while_the_place_is_given_away_keeps_it_or_cannot_go_on():
    """Somebody silent for too long answers in the moment when another one wants the place."""
    study = make_study(quota=1)
    silent = make_participant(study)
    Participant.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    first, second, *_ = silent.trials.all()

    def starts():
        try:
            return enrol(study=study, language="ja", token=uuid4())
        except StudyFullError:
            return None

    newcomer, was_stored = _race(_locking(silent), starts, _answering(silent, first, 0))
    assert was_stored
    assert study.participants.holding_places().count() == 1
    if newcomer:
        with pytest.raises(PlaceLeftError):
            give(silent, second)
    else:
        assert give(silent, second).is_new


@pytest.mark.parametrize("by", ["token", "label"])
def test_two_starts_at_once_are_one_participant(by):
    study, token = make_study(), uuid4()
    given = {"token": token} if by == "token" else {"origin": "bot", "label": "bot-001"}
    first, second = _race(
        lambda: Study.objects.select_for_update().get(pk=study.pk),
        *[lambda: enrol(study=study, language="ja", **given)] * 2,
    )
    assert first == second
    assert Trial.objects.count() == 8


def test_starts_at_once_fill_the_conditions_evenly():
    study = make_conditions("other", design="between")
    for _ in range(3):
        _race(
            lambda: Study.objects.select_for_update().get(pk=study.pk),
            *[lambda: enrol(study=study, language="ja", token=uuid4())] * 4,
        )
    counts = Counter(study.participants.values_list("condition__name", flat=True))
    assert counts == {"test": 6, "other": 6}
    for person in study.participants.all():
        asked = set(person.trials.values_list("question__recipe", flat=True))
        assert asked == {person.condition_id}


def _locking_study(study: Study) -> Callable[[], object]:
    return lambda: Study.objects.select_for_update().get(pk=study.pk)


def test_going_live_twice_at_once_freezes_once():
    study = make_study(status="draft")
    write_plan(study=study, people=30)
    first, second = _race(_locking_study(study), *[lambda: go_live(study=study)] * 2)
    plan = AnalysisPlan.objects.get()
    assert first.live_at == second.live_at
    assert plan.frozen_at <= first.live_at
    assert is_intact(plan)
    assert study.versions.count() == 1


@pytest.mark.parametrize("is_live_first", [True, False])
def test_an_edit_against_going_live_is_frozen_or_refused(is_live_first):
    study = make_study(status="draft")
    write_plan(study=study, people=30)

    def edits():
        try:
            return write_plan(study=study, people=12).people
        except PlanError:
            return None

    calls = [lambda: go_live(study=study), edits]
    _race(_locking_study(study), *(calls if is_live_first else calls[::-1]))
    plan = AnalysisPlan.objects.get()
    assert plan.people == (30 if is_live_first else 12)
    assert plan.frozen_at
    assert is_intact(plan)


def test_two_clicks_at_once_are_one_look():
    study, user = make_study(), get_user_model().objects.create_user("matsuo")
    first, second = _race(_locking_study(study), *[lambda: peek(study=study, user=user)] * 2)
    assert first == second
    assert Peek.objects.count() == 1
