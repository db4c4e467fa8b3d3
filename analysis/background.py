"""What takes too long for a page is computed in a thread of the process that was asked for it.

The database says who computes what, so that of all processes one does, and all show its result.
A process that is killed keeps its claim until its lease ends; who asks next takes it over. Where
nothing asks, nothing is computed.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from analysis.models import Computation
from survey.models import Study

logger = logging.getLogger(__name__)

# Called with a name of what is being done, for the page to say in words, and the step's number.
Report = Callable[[str, int], None]
# From what was given to the JSON that is stored.
Work = Callable[[Any, Report], Any]

# The stage of what waits for another computation of its process.
WAITING = "waiting"
LEASE = timedelta(seconds=30)
THREAD = "computation"
# Between two computations of the same while answers come in.
PAUSE = timedelta(minutes=1)
_RETRY = timedelta(minutes=5)  # after a failure
_PATIENCE_S = 0.4  # of the page that asks: small studies are done by then
_TELL_S = 0.5
_KEPT = 20  # of a study and a kind, over all selections of answers

_works: dict[str, Work] = {}
# Side by side the computations of a process would only take each other's cores.
_turn = threading.Lock()


class LostClaimError(Exception):
    """Somebody else computes it now, or nobody wants it any more: stop."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What something is computed from: `given` is handed to the function of its kind.

    `about` is the SHA-256 of what was chosen, `sha256` of that and of the answers.
    """

    about: str
    sha256: str
    answers: int
    given: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is of a computation.

    `shown` is the newest result, `running` what will replace it, `failed` what would have. A
    stale result is of other answers than those asked about; `again_at` says from when on it may
    be computed anew, while answers come in.
    """

    shown: Computation | None
    running: Computation | None
    failed: Computation | None
    is_stale: bool
    again_at: datetime | None


def kind(name: str) -> Callable[[Work], Work]:
    """Registers a function as the one that computes `name`."""

    def register(work: Work) -> Work:
        _works[name] = work
        return work

    return register


def ask(study: Study, kinds: Sequence[str], inputs: Inputs) -> dict[str, Asked]:
    """What there is of each kind; what is missing is begun, and waited for a moment.

    Takes one query, or three and one for each that is begun.
    """
    found = _stored(study, inputs)
    due = [each for each in kinds if _is_due(found[each], study, inputs)]
    if due:
        _queue(study, due, inputs)
        _wait([start(each, token, inputs.given) for each, token in _claimed(study, due, inputs)])
        found = _stored(study, inputs)
    return {each: _asked(found[each], inputs) for each in kinds}


def progress(study: Study, ids: Sequence[int]) -> list[Computation]:
    """How far these computations are; those that are gone are left out."""
    return list(Computation.objects.filter(study=study, pk__in=ids).defer("result"))


def claim(study: Study, name: str, sha256: str) -> uuid.UUID | None:
    """Take a computation that nobody computes; None where somebody does, or it is done."""
    now, token = timezone.now(), uuid.uuid4()
    same = Computation.objects.filter(study=study, kind=name, sha256=sha256)
    # One conditional statement: of two processes that run it, the second finds nothing to change.
    taken = same.filter(_free(now)).update(
        state=Computation.State.RUNNING, claim=token, lease_until=now + LEASE, started_at=now,
        finished_at=None, stage="", step=0, error="",
    )  # fmt: skip
    return token if taken else None


def start(name: str, token: uuid.UUID, given: Any) -> threading.Thread:
    """Compute what was claimed, in a thread that does not keep the process from ending."""
    thread = threading.Thread(
        target=_in_thread, name=THREAD, args=(name, token, given), daemon=True
    )
    thread.start()
    return thread


def run(name: str, token: uuid.UUID, given: Any) -> None:
    """Compute what was claimed and store the result, or the error."""
    report = _Reporter(token)
    try:
        with _own_turn(report):
            result = _works[name](given, report)
        _end(token, state=Computation.State.DONE, result=result)
    except LostClaimError:
        return
    except Exception as error:  # whatever it is, the page says so
        logger.exception("The computation %s failed", name)
        _end(token, state=Computation.State.FAILED, error=_told(error))


class _Reporter:
    """Stores how far a computation is, which prolongs its lease; not more often than is read."""

    def __init__(self, token: uuid.UUID) -> None:
        self._token = token
        self._stage: str | None = None
        self._told_at = 0.0

    def __call__(self, stage: str, step: int) -> None:
        now = time.monotonic()
        if stage == self._stage and now < self._told_at + _TELL_S:
            return
        self._stage, self._told_at = stage, now
        try:
            until = timezone.now() + LEASE
            kept = _held(self._token).update(stage=stage, step=step, lease_until=until)
        except DatabaseError as error:  # there are more reports before the lease ends
            logger.warning("The progress of a computation was not stored: %s", error)
            return
        if not kept:
            raise LostClaimError


def _stored(study: Study, inputs: Inputs) -> Mapping[str, list[Computation]]:
    """The computations about the same choice by kind, the newest first."""
    found: dict[str, list[Computation]] = {name: [] for name in _works}
    for each in Computation.objects.filter(study=study, about=inputs.about).order_by("-pk"):
        found.setdefault(each.kind, []).append(each)
    return found


def _is_due(found: Sequence[Computation], study: Study, inputs: Inputs) -> bool:
    """Whether to compute now: it is not done, nobody does, and the last one is long enough ago."""
    for each in found:
        if each.sha256 == inputs.sha256:
            return _is_free(each)
    if study.status != Study.Status.LIVE or not found:
        return True
    is_running = any(each.is_under_way and not each.is_lost for each in found)
    return not is_running and found[0].asked_at + PAUSE <= timezone.now()


def _is_free(row: Computation) -> bool:
    if row.is_under_way:
        return row.is_lost
    if row.state != Computation.State.FAILED or row.finished_at is None:
        return False
    return row.finished_at < timezone.now() - _RETRY


def _free(now: datetime) -> Q:
    """What `_is_free` says, for the database."""
    state = Computation.State
    return (
        Q(state=state.QUEUED)
        | Q(state=state.RUNNING, lease_until__lt=now)
        | Q(state=state.FAILED, finished_at__lt=now - _RETRY)
    )


def _queue(study: Study, kinds: Sequence[str], inputs: Inputs) -> None:
    rows = [
        Computation(
            study=study, kind=each, about=inputs.about, sha256=inputs.sha256, answers=inputs.answers
        )
        for each in kinds
    ]
    # Another process may have been asked at the same moment.
    Computation.objects.bulk_create(rows, ignore_conflicts=True)


def _claimed(study: Study, kinds: Sequence[str], inputs: Inputs) -> list[tuple[str, uuid.UUID]]:
    claims = [(each, claim(study, each, inputs.sha256)) for each in kinds]
    return [(each, token) for each, token in claims if token]


def _wait(threads: Sequence[threading.Thread]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _asked(found: Sequence[Computation], inputs: Inputs) -> Asked:
    shown = next((each for each in found if each.state == Computation.State.DONE), None)
    newest = found[0] if found else None
    is_stale = shown is not None and shown.sha256 != inputs.sha256
    under_way = newest if newest and newest.is_under_way else None
    waits = newest is not None and newest.sha256 != inputs.sha256 and not under_way
    return Asked(
        shown=shown,
        running=under_way,
        failed=newest if newest and newest.state == Computation.State.FAILED else None,
        is_stale=is_stale,
        again_at=newest.asked_at + PAUSE if newest and waits else None,
    )


def _in_thread(name: str, token: uuid.UUID, given: Any) -> None:
    try:
        run(name, token, given)
    except DatabaseError:  # the lease will end, and somebody take over
        logger.exception("The result of the computation %s was not stored", name)
    finally:
        connection.close()  # this thread's own


@contextmanager
def _own_turn(report: Report) -> Iterator[None]:
    while not _turn.acquire(timeout=1):
        report(WAITING, 0)
    try:
        yield
    finally:
        _turn.release()


def _held(token: uuid.UUID) -> QuerySet[Computation]:
    return Computation.objects.filter(claim=token, state=Computation.State.RUNNING)


def _end(token: uuid.UUID, **fields: Any) -> None:
    """Store how it ended, and remove what that replaces; nothing where the claim was lost."""
    row = _held(token).first()
    end = {"claim": None, "lease_until": None, "finished_at": timezone.now()}
    if row is None or not _held(token).update(**fields, **end):
        return
    older = Computation.objects.filter(study=row.study_id, kind=row.kind, pk__lt=row.pk)
    ended = older.filter(~Q(state=Computation.State.RUNNING) | Q(lease_until__lt=timezone.now()))
    if fields["state"] == Computation.State.DONE:
        ended.filter(about=row.about).delete()
    oldest = list(ended.order_by("-pk").values_list("pk", flat=True)[_KEPT - 1 :])
    Computation.objects.filter(pk__in=oldest).delete()


def _told(error: Exception) -> str:
    """The error's own words first, then where it happened."""
    return f"{type(error).__name__}: {error}\n\n{''.join(traceback.format_exception(error))}"
