"""Entries follow one another, and any that is touched is found."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from audit.actions import Action
from audit.errors import ChainError, LogError
from audit.models import GENESIS, Entry
from audit.services import record, verify

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for n in range(count):
        facts = {"version": n, "title": {"ja": "質感"}}
        record(action=Action.REVISED, about="study s", facts=facts)


def by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_empty_log_is_whole():
    assert (verify().number, verify().sha256) == (0, GENESIS)


def test_entries_follow_one_another():
    write(3)
    entries = list(Entry.objects.order_by("number"))
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [GENESIS, *(e.sha256 for e in entries[:2])]
    assert verify().sha256 == entries[-1].sha256


def test_what_is_stored_is_what_was_hashed():
    facts = {"at": datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC), "n": [1, None, {"ä": "質"}]}
    entry = record(action=Action.CLOSED, about="study ä", facts=facts)
    stored = Entry.objects.get()
    assert stored.digest() == entry.sha256
    assert stored.facts == {"at": "2026-01-02T03:04:05.678Z", "n": [1, None, {"ä": "質"}]}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET facts = '{}' WHERE number = 2", "entry 2 was changed"),
        ("UPDATE audit_entry SET by_name = 'x' WHERE number = 1", "entry 1 was changed"),
        ("UPDATE audit_entry SET action = 'closed' WHERE number = 3", "entry 3 was changed"),
        ("DELETE FROM audit_entry WHERE number = 2", "entry 2 is missing, the next one is 3"),
        ("DELETE FROM audit_entry WHERE number = 1", "entry 1 is missing, the next one is 2"),
        ("DELETE FROM audit_entry WHERE number = 3", "ends with entry 2, and was written to 3"),
        ("DELETE FROM audit_head", "ends with entry 3, and was written to 0"),
        (f"UPDATE audit_entry SET previous = '{GENESIS}' WHERE number = 3", "entry 3 does not fol"),
    ],
)
def test_what_was_changed_by_hand_is_found(statement, told):
    write(3)
    by_hand(statement)
    with pytest.raises(ChainError, match=told):
        verify()


def test_an_entry_that_was_put_in_between_is_found():
    write(2)
    by_hand("UPDATE audit_entry SET number = 3 WHERE number = 2")
    by_hand(
        "INSERT INTO audit_entry (number, at, by_name, action, about, facts, previous, sha256) "
        "SELECT 2, at, by_name, action, about, facts, previous, sha256 FROM audit_entry "
        "WHERE number = 1"
    )
    with pytest.raises(ChainError, match="entry 2"):
        verify()


def test_entries_are_neither_changed_nor_removed():
    write(1)
    entry = Entry.objects.get()
    for forbidden in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(LogError):
            forbidden()
    with pytest.raises(LogError):
        Entry.objects.update(by_name="x")


def test_what_is_rolled_back_was_never_logged():
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    write(1)
    assert verify().number == 1


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain():
    start = threading.Barrier(4)

    def writer() -> None:
        start.wait()
        write(5)
        connections.close_all()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify().number == 20
