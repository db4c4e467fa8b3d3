"""What takes long is a job; its result is of the answers that it was computed from."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from analysis import computations, computed, frames
from analysis.computations import PAUSE, ask, key_of
from analysis.frames import Selection
from analysis.models import Computation
from analysis.stats.careless import Rules
from analysis.work import MIXED
from jobs.models import Item, Job
from jobs.services import leases
from jobs.services.ask import cancel, retry
from jobs.services.work import run
from tests.analysis import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = factories.make_study(contents=1, words=2)
    factories.add_people(study, 2)
    return study


@pytest.fixture
def work(monkeypatch):
    """Registers a function as what computes: `work(function)`."""

    def register(function):
        monkeypatch.setitem(computed.COMPUTE, MIXED, function)

    register(lambda selected, _report: len(selected.answers))
    return register


@pytest.fixture
def large(monkeypatch):
    """All studies have too many answers for a page."""
    monkeypatch.setattr(computations, "QUICK_ANSWERS", 0)


def inputs_of(study, **selection):
    return computed.inputs(frames.load(study).select(Selection(**selection)))


def asked(study, **selection):
    return ask([MIXED], inputs_of(study, **selection))[MIXED]


def do_all():
    """As a worker does."""
    while True:
        batch, ids = leases.claim(limit=8)
        if not ids:
            return
        run(batch=batch, ids=ids)


def later(item, **fields):
    Item.objects.filter(pk=item.pk).update(**fields)


def ago(**time_passed):
    return timezone.now() - timedelta(**time_passed)


def test_few_answers_are_computed_at_once_and_kept(study, work):
    first = asked(study)
    assert (first.shown.result, first.shown.answers) == (4, 4)
    assert (first.running, first.failed, first.is_stale, first.again_at) == (
        None,
        None,
        False,
        None,
    )
    work(lambda *_: pytest.fail("computed twice"))
    assert asked(study).shown.pk == first.shown.pk
    item = Item.objects.get()
    assert (item.kind, item.state, item.key) == (MIXED, "done", key_of(study, first.shown.about))


def test_it_takes_two_queries_when_it_is_there(study, work, django_assert_num_queries):
    asked(study)
    inputs = inputs_of(study)
    with django_assert_num_queries(2):
        ask([MIXED], inputs)


def test_many_answers_are_a_worker_s_work(study, work, large):
    found = asked(study)
    assert (found.shown, found.running.state, found.running.priority) == (None, "queued", 100)
    assert asked(study).running == found.running
    frames.forget()  # another process, which knows nothing but the parameters
    do_all()
    assert asked(study).shown.result == 4
    assert Job.objects.count() == 1


def test_who_computes_reads_the_answers_of_now(study, work, large):
    asked(study)
    factories.add_people(study, 1, seed=7)
    do_all()
    row = Computation.objects.get()
    assert (row.result, row.answers, row.sha256) == (6, 6, inputs_of(study).sha256)
    assert not asked(study).is_stale


def test_a_selection_is_the_same_in_the_process_that_computes():
    selection = Selection(
        origins=frozenset({"pilot", "live"}), rules=Rules(fast_ms=500), least_familiarity=2,
        language="ja", condition="study", keeps_incomplete=False,
    )  # fmt: skip
    unused = Rules(fast_share=float("inf"), agreement_z=float("-inf"), failed_catches=10**6)
    for each in (selection, Selection(rules=unused)):
        text = json.dumps(each.to_json(), allow_nan=False)
        assert Selection.from_json(json.loads(text)) == each
    assert Selection.from_json(Selection().to_json()) == Selection()


def test_how_far_it_is(study, work, large, monkeypatch):
    seen = []

    def slowly(_selected, report):
        for step in (1, 2, 3):
            report("mixed", step)
        item = Item.objects.get()
        seen.append((item.stage, item.done, item.total))
        report("contents", 1)
        return 1

    work(slowly)
    monkeypatch.setattr("jobs.services.batch._PAUSE", 0)
    asked(study)
    do_all()
    assert seen == [("mixed", 2, 25)]
    assert Item.objects.get().stage == "contents"


def test_a_failure_is_kept_until_somebody_tries_again(study, work):
    work(lambda *_: 1 / 0)
    failed = asked(study).failed
    assert failed.reason == "division by zero"
    assert "Traceback" in failed.error
    work(lambda selected, _report: len(selected.answers))
    assert asked(study).failed == failed  # it would fail again
    retry(Item.objects.all())
    again = asked(study)
    assert (again.failed, again.shown.result) == (None, 4)


def test_a_failure_about_other_answers_says_nothing_of_these(study, work):
    study.status = "closed"
    study.save()
    work(lambda *_: 1 / 0)
    assert asked(study).failed
    work(lambda selected, _report: len(selected.answers))
    factories.add_people(study, 1, seed=7)
    assert asked(study).shown.result == 6


def test_a_database_that_is_away_is_tried_again(study, work):
    def away(*_):
        raise OperationalError("restarting")

    work(away)
    waits = asked(study).running
    assert (waits.state, waits.reason) == ("queued", "OperationalError: restarting")
    work(lambda selected, _report: len(selected.answers))
    assert asked(study).running == waits  # not yet
    later(waits, not_before=ago(seconds=1))
    assert asked(study).shown.result == 4


def test_what_a_killed_process_left_is_done_by_the_next(study, work, large):
    asked(study)
    leases.claim(limit=1)
    Item.objects.update(owner="elsewhere 1 1.00", lease_until=ago(seconds=1))
    leases.sweep()
    do_all()
    assert asked(study).shown.result == 4
    assert Item.objects.get().attempts == 2


def test_who_was_called_off_stores_nothing(study, work, large):
    work(lambda *_: cancel(Item.objects.all()))
    asked(study)
    do_all()
    assert not Computation.objects.exists()
    assert asked(study).failed.state == "cancelled"


def test_a_live_study_computes_anew_once_a_minute(study, work):
    old = asked(study).shown
    factories.add_people(study, 1, seed=7)
    stale = asked(study)
    item = Item.objects.get()
    assert (stale.shown.pk, stale.shown.answers, stale.is_stale) == (old.pk, 4, True)
    assert stale.again_at == item.created_at + PAUSE
    later(item, created_at=ago(seconds=61))
    new = asked(study)
    assert (new.shown.result, new.is_stale, new.again_at) == (6, False, None)
    assert Computation.objects.get() == new.shown  # the old one is gone


def test_the_old_result_is_shown_while_the_new_one_waits(study, work, large):
    asked(study)
    do_all()
    later(Item.objects.get(), created_at=ago(minutes=2))
    factories.add_people(study, 1, seed=7)
    found = asked(study)
    assert (found.shown.answers, found.is_stale, found.running.state) == (4, True, "queued")
    later(found.running, created_at=ago(minutes=2))
    factories.add_people(study, 1, seed=8)
    assert asked(study).running == found.running  # nor is a third begun
    assert Item.objects.count() == 2


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_others_do_not_wait(study, work, status):
    study.status = status
    study.save()
    asked(study)
    factories.add_people(study, 1, seed=7)
    assert asked(study).shown.result == 6


def test_another_choice_of_answers_does_not_wait(study, work):
    asked(study)
    assert asked(study, language="ja").shown.result == 4
    assert Computation.objects.count() == 2


def test_the_newest_are_kept(study, work, monkeypatch):
    monkeypatch.setattr(computations, "_KEPT", 3)
    for origin in ("live", "pilot", "preview", "bot"):
        asked(study, origins=frozenset({"live", origin}))
    asked(study, language="ja")
    kept = Computation.objects.order_by("pk")
    assert [row.pk for row in kept] == [Computation.objects.first().pk - n for n in (2, 1, 0)]


def test_the_same_is_stored_once(study, work):
    row = asked(study).shown
    with pytest.raises(IntegrityError), transaction.atomic():
        Computation.objects.create(study=study, kind=MIXED, sha256=row.sha256, answers=1, result=1)


def test_a_study_that_was_removed_fails_for_good(study, work, large):
    asked(study)
    parameters = Item.objects.get().parameters
    Item.objects.update(parameters=parameters | {"study": 0})
    do_all()
    item = Item.objects.get()
    assert (item.state, item.attempts) == ("failed", 1)
    assert "Study matching query does not exist" in item.reason


def test_what_is_there_already_is_not_computed_again(study, work, large):
    asked(study)
    item = Item.objects.get()
    work(lambda *_: pytest.fail("computed"))
    wanted = inputs_of(study)
    Computation.objects.create(
        study=study, kind=MIXED, about=wanted.about, sha256=wanted.sha256, answers=4, result=4
    )
    do_all()
    item.refresh_from_db()
    assert item.state == "done"
    assert asked(study).shown.result == 4


def test_inputs_of_another_choice_are_others(study):
    assert inputs_of(study) == inputs_of(study)
    assert replace(inputs_of(study)).about != inputs_of(study, language="en").about
