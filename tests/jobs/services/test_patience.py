"""Work that waits for what everything stands on, and work that fails by itself."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from jobs.models import Item
from jobs.services import leases, patience, work
from jobs.services.ask import cancel
from jobs.services.patience import missing
from storage import StorageError
from tests.jobs.rows import make_items

pytestmark = pytest.mark.django_db(transaction=True)  # who waits closes connections

ALL = Item.objects
AWAY = [StorageError("full"), OperationalError("restarting"), OSError(errno.ENOSPC, "full")]


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    monkeypatch.setattr(patience, "_FIRST", 0.001)


def do() -> None:
    batch, ids = leases.claim(limit=9)
    work.run(batch=batch, ids=ids)


def caused(error: Exception) -> Exception:
    """An error of somebody who was told this one."""
    told = ValueError("cannot go on")
    told.__cause__ = error
    return told


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OperationalError("gone"), "the database"),
        (InterfaceError("closed"), "the database"),
        (StorageError("refuses"), "the storage"),
        (OSError(errno.ENOSPC, "full"), "the disk"),
        (OSError(errno.EROFS, "read-only"), "the disk"),
        (caused(StorageError("refuses")), "the storage"),
        (FileNotFoundError(errno.ENOENT, "no such file"), ""),
        (OSError("image file is truncated"), ""),
        (IntegrityError("twice"), ""),
        (DataError("too long"), ""),
        (ValueError("wrong"), ""),
    ],
)
def test_whose_fault_it_is(error, what):
    assert missing(error) == what


def told_by_the_database(statement: str, *parameters: int) -> str:
    with pytest.raises(OperationalError) as raised, connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
    return missing(raised.value)


def test_a_statement_that_never_works_is_the_works_own_fault():
    if connection.vendor == "postgresql":
        many = range(70_000)
        places = ", ".join(["%s"] * len(many))
        assert told_by_the_database(f"SELECT 1 WHERE 1 IN ({places})", *many) == ""
    else:
        assert told_by_the_database("SELECT nothing FROM nobody.nowhere") == ""


def test_a_connection_that_is_cut_or_a_lock_that_is_held_is_the_databases():
    if connection.vendor == "postgresql":
        ended = told_by_the_database("SELECT pg_terminate_backend(pg_backend_pid())")
        assert ended == "the database"
        connection.close()
        return
    other = sqlite3.connect(connection.settings_dict["NAME"])
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 1")
        assert told_by_the_database("BEGIN IMMEDIATE") == "the database"
    connection.close()


@pytest.mark.parametrize("error", AWAY)
def test_what_is_away_for_a_while_costs_no_attempt(works, caplog, error):
    failures = iter([error] * 6)

    def run(batch):
        for item in batch.items:
            for each in failures:
                raise each
            batch.commit(item)

    works(run)
    make_items(3)
    do()
    assert set(ALL.values_list("state", "attempts", "error")) == {("done", 1, "")}
    assert f"s for {missing(error)}: " in caplog.text
    assert "goes on" in caplog.text


def test_what_is_done_already_is_not_done_again(works):
    failures, seen = iter([StorageError("full")]), []

    def run(batch):
        seen.append([item.key for item in batch.items])
        batch.commit(batch.items[0])
        for each in failures:
            raise each
        for item in batch.items[1:]:
            batch.commit(item)

    works(run)
    make_items(3)
    do()
    assert seen == [["0", "1", "2"], ["1", "2"]]
    assert ALL.counts()["done"] == 3


def test_what_was_computed_is_kept_until_it_can_be_stored(works):
    computed, failures = [], iter(AWAY)

    def run(batch):
        for item in batch.items:
            computed.append(item.key)

            def store():
                for each in failures:
                    raise each

            batch.patiently(store)
            batch.commit(item)

    works(run)
    make_items(2)
    do()
    assert computed == ["0", "1"]
    assert ALL.counts()["done"] == 2


def test_a_commit_waits_for_the_database(works):
    stored, failures = [], iter([OperationalError("gone"), InterfaceError("closed")])

    def run(batch):
        def store():
            for each in failures:
                raise each
            stored.append(1)

        assert batch.commit(batch.items[0], store)

    works(run)
    make_items(1)
    do()
    assert stored == [1]
    assert ALL.get().state == "done"


def test_after_some_minutes_others_may_try(works, monkeypatch, caplog):
    monkeypatch.setattr(patience, "_ENOUGH", 0.002)
    tries = []

    def run(batch):
        tries.append(1)
        raise StorageError("full")

    works(run)
    make_items(2)
    do()
    assert len(tries) > 1
    assert set(ALL.values_list("state", "attempts", "error")) == {("queued", 0, "")}
    for item in ALL.all():
        assert timedelta(seconds=50) < item.not_before - timezone.now() < timedelta(seconds=61)
    assert "is given back: the storage is away: full" in caplog.text


def test_the_database_is_waited_for_however_long(works, monkeypatch):
    monkeypatch.setattr(patience, "_ENOUGH", 0.0)
    failures = iter([OperationalError("gone")] * 5)

    def run(batch):
        for each in failures:
            raise each
        batch.commit(batch.items[0])

    works(run)
    make_items(1)
    do()
    assert ALL.get().state == "done"


def test_what_is_called_off_waits_no_longer(works, monkeypatch):
    monkeypatch.setattr(patience, "_FIRST", 60.0)
    monkeypatch.setattr(patience, "_LONGEST", 60.0)
    waiting = threading.Event()

    def run(batch):
        cancel(ALL.all())
        threading.Timer(0.2, batch._heartbeat.lost.set).start()
        waiting.set()
        raise StorageError("full")

    works(run)
    make_items(1)
    began = time.monotonic()
    do()
    assert waiting.is_set()
    assert time.monotonic() - began < 30
    assert ALL.get().state == "cancelled"


def test_an_item_is_not_failed_for_what_is_away(works):
    failures = iter([StorageError("full")])

    def run(batch):
        for each in failures:
            batch.fail(batch.items[0], each)
        batch.commit(batch.items[0])

    works(run)
    make_items(1)
    do()
    assert set(ALL.values_list("state", "attempts", "error")) == {("done", 1, "")}


def test_an_items_own_error_waits_for_nothing(works):
    tries = []

    def run(batch):
        tries.append(1)
        raise ValueError("wrong")

    works(run)
    make_items(1)
    do()
    item = ALL.get()
    assert (len(tries), item.state, item.attempts) == (1, "queued", 1)
    assert item.reason == "ValueError: wrong"
