"""Two requests behind one held lock, with one effect; SQLite has no row locks to hold."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction

from survey.models import Participant, Study, Trial
from survey.services.answer import answer
from survey.services.enrol import enrol
from tests.survey.studies import make_conditions, make_participant, make_study

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
    """Run the calls at once, all of them behind the lock that `lock` takes."""
    with ThreadPoolExecutor(len(calls)) as pool:
        with transaction.atomic():
            lock()
            running = [pool.submit(_in_thread, call) for call in calls]
            _wait_for_waiting(len(calls))
        return [future.result(timeout=10) for future in running]


def _answering(participant: Participant, trial: Trial, position: int) -> Callable[[], bool]:
    return lambda: answer(
        trial_token=trial.token,
        participant=participant,
        position=position,
        response_ms=None,
        screen={},
    )


def test_of_two_answers_at_once_one_is_stored():
    participant = make_participant(make_study())
    trial = participant.trials.get(order=0)
    first, second = _race(
        lambda: Trial.objects.select_for_update().get(pk=trial.pk),
        _answering(participant, trial, 2),
        _answering(participant, trial, 7),
    )
    assert sorted([first, second]) == [False, True]
    trial.refresh_from_db()
    assert trial.chosen_id == trial.grid[2 if first else 7]


def test_the_last_two_answers_at_once_end_it_once():
    participant = make_participant(make_study())
    *others, last, very_last = participant.trials.all()
    for trial in others:
        _answering(participant, trial, 0)()
    stored = _race(
        lambda: Participant.objects.select_for_update().get(pk=participant.pk),
        _answering(participant, last, 1),
        _answering(participant, very_last, 1),
    )
    assert stored == [True, True]
    participant.refresh_from_db()
    assert participant.finished_at is not None
    assert len(participant.completion_code) == 10


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
