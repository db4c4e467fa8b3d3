from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from jobs import kinds
from jobs.kinds import Kind
from jobs.models import Item
from jobs.services import leases
from tests.jobs.rows import KIND, make_items

pytestmark = pytest.mark.django_db

ALL = Item.objects


def expire(*rows: Item) -> None:
    ALL.filter(pk__in=[row.pk for row in rows], state="leased").update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_claim_leases_queued_rows_in_order_and_raises_their_fence():
    rows = make_items(4)
    batch, ids = leases.claim(limit=3)
    assert ids == [row.pk for row in rows[:3]]
    for row in ALL.filter(pk__in=ids):
        assert (row.state, row.batch, row.owner) == ("leased", batch, leases.me())
        assert (row.fence, row.attempts) == (1, 1)
        left = row.lease_until - timezone.now()
        assert leases.LEASE - timedelta(seconds=5) < left <= leases.LEASE
    assert leases.claim(limit=3)[1] == [rows[3].pk]
    assert leases.claim(limit=3)[1] == []
    assert set(leases.held(batch).values_list("pk", flat=True)) == set(ids)


def test_who_claimed_keeps_the_lease_until_somebody_begins():
    make_items(2)
    batch, _ids = leases.claim(limit=2)
    first = leases.end_of(batch)
    second = leases.keep(batch, until=first)
    assert second > first
    assert leases.end_of(batch) == second
    assert leases.keep(batch, until=first) is None
    assert leases.begin(batch)
    assert leases.end_of(batch) > second
    assert leases.keep(batch, until=second) is None
    leases.release(batch)
    assert leases.end_of(batch) is None
    assert not leases.begin(batch)


def test_a_batch_that_could_not_be_handed_over_is_released_by_itself():
    make_items(2)
    batch, ids = leases.claim(limit=1)
    other, others = leases.claim(limit=1)
    assert leases.release(batch) == 1
    assert list(ALL.filter(state="queued").values_list("pk", "attempts")) == [(ids[0], 0)]
    assert list(leases.held(other).values_list("pk", flat=True)) == others


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_only_queued_and_due_rows_are_claimed(state):
    ended, later, due = make_items()
    ALL.filter(pk=ended.pk).update(state=state)
    ALL.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(seconds=60))
    assert leases.claim(limit=9)[1] == [due.pk]


def test_the_most_urgent_first_and_alone_with_its_equals():
    first, urgent, third, also = make_items(4)
    ALL.filter(pk__in=[urgent.pk, also.pk]).update(priority=10)
    assert leases.claim(limit=9)[1] == [urgent.pk, also.pk]
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]


def test_a_batch_is_of_one_group():
    first, second, third = make_items()
    ALL.filter(pk=second.pk).update(group="other")
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]
    assert leases.claim(limit=9)[1] == [second.pk]


def test_a_kind_says_how_many_are_done_together(monkeypatch):
    first, second, third, fourth = make_items(4)
    monkeypatch.setitem(kinds._kinds, KIND, Kind(KIND, "", print, together=2))
    assert leases.claim(limit=9)[1] == [first.pk, second.pk]
    assert leases.claim(limit=1)[1] == [third.pk]
    ALL.filter(pk=fourth.pk).update(kind="of another installation")
    assert leases.claim(limit=9)[1] == [fourth.pk]


def test_a_batch_is_of_one_kind(monkeypatch):
    monkeypatch.setitem(kinds._kinds, "other", Kind("other", "", print, together=None))
    first, second, third = make_items()
    ALL.filter(pk=second.pk).update(kind="other")
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]
    assert leases.claim(limit=9)[1] == [second.pk]


def test_what_failed_before_is_claimed_alone():
    first, second, third = make_items()
    ALL.filter(pk=second.pk).update(attempts=1, error="it is damaged")
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]
    assert leases.claim(limit=9)[1] == [second.pk]
    ALL.update(state="queued", attempts=1, error="it is damaged", batch=None, lease_until=None)
    assert leases.claim(limit=9)[1] == [first.pk]


def test_a_batch_that_was_lost_once_comes_together_again_and_then_no_more():
    first, second, _ = make_items()
    lost = [first.pk, second.pk]
    assert leases.claim(limit=2)[1] == lost
    ALL.filter(pk__in=lost).update(state="queued", batch=None, lease_until=None)
    assert leases.claim(limit=9)[1] == lost  # without the third, as it was before
    ALL.filter(pk__in=lost).update(state="queued", batch=None, lease_until=None)
    assert leases.claim(limit=9)[1] == [first.pk]


def test_a_claim_can_be_kept_to_some_rows():
    first, second, third = make_items()
    ALL.filter(pk=first.pk).update(priority=10)
    wanted = ALL.filter(key__in=[second.key, third.key])
    assert leases.claim(limit=9, items=wanted)[1] == [second.pk, third.pk]
    assert leases.claim(limit=9, items=wanted)[1] == []


def test_renewing_prolongs_until_nothing_is_held():
    first, second, _ = make_items()
    batch, _ = leases.claim(limit=2)
    soon = timezone.now() + timedelta(seconds=1)
    ALL.filter(batch=batch).update(lease_until=soon)
    assert leases.renew(batch)
    assert not leases.held(batch).filter(lease_until__lte=soon).exists()
    ALL.filter(pk=first.pk).delete()
    assert leases.renew(batch)
    expire(second)
    leases.sweep()
    assert not leases.renew(batch)


def test_an_expired_lease_is_swept_and_given_back_at_once():
    first, second = make_items(2)
    leases.claim(limit=2)
    expire(first)
    assert leases.sweep() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.batch, first.lease_until, first.owner) == ("queued", None, None, "")
    assert (first.attempts, first.error) == (1, "")
    assert first.not_before <= timezone.now()
    assert second.state == "leased"
    assert leases.sweep() == 0


def test_a_living_owner_keeps_its_rows_and_another_host_s_are_not_judged():
    _, second = make_items(2)
    leases.claim(limit=1)
    leases.claim(limit=1)
    ALL.filter(pk=second.pk).update(owner=f"elsewhere {2**30} 12.34")
    assert leases.sweep() == 0


def test_another_process_with_the_same_number_is_not_the_owner():
    row = make_items()[0]
    leases.claim(limit=1)
    host, pid, started = leases.me().rsplit(" ", 2)
    ALL.filter(pk=row.pk).update(owner=f"{host} {pid} {float(started) - 10:.2f}")
    assert leases.sweep() == 1


def test_setting_the_clock_makes_nobody_dead(monkeypatch):
    make_items()
    leases.claim(limit=1)
    clock_set = psutil.boot_time() + 3_600
    monkeypatch.setattr(psutil, "boot_time", lambda: clock_set)
    created = psutil.Process().create_time() + 3_600
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created)
    assert leases.sweep() == 0


def test_the_rows_of_a_killed_process_are_swept_at_once():
    first, second, _ = make_items()
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        started = leases._started(psutil.Process(worker.pid))
        leases.claim(limit=2)
        owner = f"{socket.gethostname()} {worker.pid} {started:.2f}"
        ALL.filter(pk__in=[first.pk, second.pk]).update(owner=owner)
        assert leases.sweep() == 0
        os.kill(worker.pid, signal.SIGKILL)
        assert psutil.Process(worker.pid).wait(10) in (None, -signal.SIGKILL)
        assert leases.sweep() == 2
    finally:
        worker.kill()
        worker.communicate()


def test_a_killed_process_that_nobody_buried_is_dead():
    row = make_items()[0]
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = leases._started(psutil.Process(worker.pid))
    worker.kill()
    while psutil.Process(worker.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    leases.claim(limit=1)
    ALL.filter(pk=row.pk).update(owner=f"{socket.gethostname()} {worker.pid} {started:.2f}")
    assert leases.sweep() == 1
    worker.communicate()


def test_an_error_waits_longer_each_time_and_ends_after_four_attempts():
    row = make_items(1)[0]
    for attempt, pause in enumerate([30, 60, 120], start=1):
        batch, ids = leases.claim(limit=1)
        assert ids == [row.pk]
        leases.give_back(leases.held(batch), error=f"CUDA error {attempt}")
        row.refresh_from_db()
        wait = (row.not_before - timezone.now()).total_seconds()
        assert 0.8 * pause - 1 < wait < 1.2 * pause
        assert (row.state, row.attempts, row.error) == ("queued", attempt, f"CUDA error {attempt}")
        assert leases.claim(limit=1)[1] == []
        ALL.update(not_before=timezone.now())
    batch, _ = leases.claim(limit=1)
    leases.give_back(leases.held(batch), error="CUDA error 4")
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("failed", 4, "CUDA error 4")
    assert (row.batch, row.lease_until, row.owner) == (None, None, "")
    assert row.finished_at is not None
    assert leases.claim(limit=1)[1] == []


def test_a_row_whose_workers_are_lost_eight_times_fails_with_that_reason():
    row = make_items(1)[0]
    for _ in range(8):
        assert leases.claim(limit=1)[1] == [row.pk]
        expire(row)
        assert leases.sweep() == 1
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "its worker was lost 8 times")


def test_what_was_lost_waits_for_nothing_and_the_last_loss_says_more():
    row = make_items(1)[0]
    for _ in range(8):
        batch, ids = leases.claim(limit=1)
        assert ids == [row.pk]
        leases.give_back(leases.held(batch), lost="KilledWorker: no memory")
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error == "its worker was lost 8 times: KilledWorker: no memory"


def test_an_earlier_error_is_the_reason_where_the_last_attempt_is_lost():
    row = make_items(1)[0]
    batch, _ = leases.claim(limit=1)
    leases.give_back(leases.held(batch), error="KilledWorker: out of memory")
    ALL.update(not_before=timezone.now(), attempts=3)
    leases.claim(limit=1)
    expire(row)
    leases.sweep()
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "KilledWorker: out of memory")


def test_where_trying_again_is_of_no_use_the_first_attempt_is_the_last():
    row = make_items(1)[0]
    batch, _ = leases.claim(limit=1)
    leases.give_back(leases.held(batch), error="too narrow", final=True)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("failed", 1, "too narrow")


def test_a_row_claimed_anew_since_it_was_read_is_left_alone():
    row = make_items(1)[0]
    batch, _ = leases.claim(limit=1)
    seen = list(leases.held(batch))
    expire(row)
    leases.sweep()
    again, _ = leases.claim(limit=1)
    leases.give_back(seen, error="too late")
    row.refresh_from_db()
    assert (row.state, row.batch, row.fence, row.error) == ("leased", again, 2, "")


def test_a_sweep_takes_nothing_that_was_claimed_while_it_looked(monkeypatch):
    """Two workers sweep at once: the other has given the row back, and taken it, in between."""
    row = make_items(1)[0]
    leases.claim(limit=1)
    expire(row)
    give_back = leases.give_back

    def overtaken(rows: list[Item]) -> None:
        give_back(list(ALL.all()))
        leases.claim(limit=1)
        give_back(rows)

    monkeypatch.setattr(leases, "give_back", overtaken)
    leases.sweep()
    row.refresh_from_db()
    assert (row.state, row.fence, row.attempts) == ("leased", 2, 2)


def test_a_stop_queues_what_this_process_holds_as_if_never_claimed():
    first, second, third = make_items()
    leases.claim(limit=1)
    leases.claim(limit=1)
    ALL.filter(pk=second.pk).update(owner="elsewhere 1 1.00")
    assert leases.release() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, first.batch, first.owner) == ("queued", 0, None, "")
    assert second.state == "leased"
    assert leases.claim(limit=9)[1] == [first.pk, third.pk]


class Workers(RuleBasedStateMachine):
    """Workers claim, renew, finish, fail, stop and are lost in any order."""

    rows: list[Item]

    @initialize()
    def queue(self) -> None:
        ALL.update(
            state="queued", attempts=0, fence=0, batch=None, lease_until=None, owner="", error="",
            not_before=timezone.now(),
        )  # fmt: skip
        self.holding: dict[int, tuple[object, int]] = {}  # what each row's last worker believes
        self.finished: dict[int, int] = {}

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        batch, ids = leases.claim(limit=limit)
        assert len(ids) <= limit
        for row in ALL.filter(pk__in=ids):
            assert not self.finished.get(row.pk)
            assert row.fence > self.holding.get(row.pk, (None, 0))[1]
            self.holding[row.pk] = (batch, row.fence)

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """As the service does; the worker may have lost its lease without knowing."""
        if self.holding:
            pk = data.draw(st.sampled_from(sorted(self.holding)))
            batch, fence = self.holding[pk]
            updated = ALL.filter(pk=pk, state="leased", batch=batch, fence=fence).update(
                state="done", batch=None, lease_until=None, owner=""
            )
            self.finished[pk] = self.finished.get(pk, 0) + updated

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if self.holding:
            batch, _ = self.holding[data.draw(st.sampled_from(sorted(self.holding)))]
            error = data.draw(st.sampled_from(["", "no memory"]))
            leases.give_back(leases.held(batch), error=error)

    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        if self.holding:
            expire(ALL.get(pk=data.draw(st.sampled_from(sorted(self.holding)))))

    @rule()
    def sweep(self) -> None:
        leases.sweep()

    @rule()
    def stop(self) -> None:
        leases.release()

    @rule()
    def time_passes(self) -> None:
        ALL.update(not_before=timezone.now())

    @invariant()
    def nothing_is_done_twice_and_attempts_end(self) -> None:
        assert set(self.finished.values()) <= {0, 1}
        done = set(ALL.filter(state="done").values_list("pk", flat=True))
        assert done == {pk for pk, times in self.finished.items() if times}
        assert not ALL.filter(attempts__gt=leases.MAX_LOSSES).exists()


def test_in_any_order_of_events_a_row_has_one_holder_and_is_finished_once():
    make_items(4)
    run_state_machine_as_test(
        Workers,
        settings=hypothesis_settings(max_examples=30, stateful_step_count=20, deadline=None),
    )
