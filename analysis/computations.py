"""What takes too long for a page is a job; its result is stored for every process.

A result is known by the answers that it was computed from, which whoever computes it reads anew.
So an old one is never taken for one of the answers of now. Where nobody asks, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.utils import timezone

from analysis import computed, frames
from analysis.computed import Inputs
from analysis.frames import Selection
from analysis.models import Computation
from jobs.models import Item
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch, Tally
from jobs.services.work import do_now
from survey.models import Study

# Between two computations of the same while answers come in.
PAUSE = timedelta(minutes=1)
# So many answers are computed while the page is waited for: a third of a second for both kinds, on
# one core of an AMD EPYC; 69,000 take two thirds.
QUICK_ANSWERS = 20_000
# Somebody looks at the page and waits: it goes before the images of a night.
WAITED_FOR = 100
_KEPT = 20  # of a study and a kind, over all selections of answers


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is of a computation.

    `shown` is the newest result, `running` the work that will replace it, `failed` what would
    have. A stale result is of other answers than those asked about; `again_at` says from when on
    it may be computed anew, while answers come in.
    """

    shown: Computation | None
    running: Item | None
    failed: Item | None
    is_stale: bool
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The newest result about a choice, and the last work on it."""

    result: Computation | None
    item: Item | None


def ask(kinds: Sequence[str], inputs: Inputs, *, asked_by: User | None = None) -> dict[str, Asked]:
    """What there is of each kind; what is missing is asked for.

    Few answers are computed at once, in this process, so that no worker is needed for them.
    """
    found = _find(kinds, inputs)
    due = [
        kind
        for kind, each in found.items()
        if _is_due(each, inputs) or (_is_quick(inputs) and _waits(each))
    ]
    for kind in due:
        _begin(kind, inputs, asked_by)
    if due:
        found |= _find(due, inputs)
    return {kind: _asked(each, inputs) for kind, each in found.items()}


def key_of(study: Study, about: str) -> str:
    """The key of the work on a choice of a study's answers."""
    return f"{study.pk}-{about}"


def compute(batch: Batch) -> None:
    """Do a computation of the answers as they are now, and store its result."""
    (item,) = batch.items
    read_at = timezone.now()
    study = Study.objects.get(pk=item.parameters["study"])
    selection = Selection.from_json(item.parameters["selection"])
    selected = frames.load(study).select(selection)
    inputs = computed.inputs(selected)
    if _stored([item.kind], inputs).filter(sha256=inputs.sha256).exists():
        batch.commit(item)
        return
    report = _Reporter(batch.tally(item, stages=len(computed.STAGES[item.kind])))
    result = computed.COMPUTE[item.kind](selected, report)
    batch.commit(item, lambda: _store(item.kind, inputs, read_at, result))


class _Reporter:
    """Tells a tally what a computation says of itself."""

    def __init__(self, tally: Tally) -> None:
        self._tally, self._stage = tally, ""

    def __call__(self, stage: str, step: int) -> None:
        if stage != self._stage:
            self._stage = stage
            self._tally.begin(stage, computed.STEPS.get(stage, 1))
        self._tally.move_to(step - 1)  # the step that begins is not done yet


def _stored(kinds: Sequence[str], inputs: Inputs) -> QuerySet[Computation]:
    return Computation.objects.filter(study=inputs.study, kind__in=kinds, about=inputs.about)


def _find(kinds: Sequence[str], inputs: Inputs) -> dict[str, _Found]:
    """Of each kind, by two queries in all."""
    results = _stored(kinds, inputs).order_by("pk")
    newest = {row.kind: row for row in results}
    items = Item.objects.filter(kind__in=kinds, key=key_of(inputs.study, inputs.about))
    last = last_of(items, "kind")
    return {kind: _Found(newest.get(kind), last.get(kind)) for kind in kinds}


def last_of(items: QuerySet[Item], field: str) -> dict[str, Item]:
    """The last item of each value of a field, with its job, by one query."""
    last = items.order_by().values(field).annotate(last=Max("pk")).values("last")
    found = Item.objects.filter(pk__in=last).select_related("job")
    return {getattr(item, field): item for item in found}


def _is_due(found: _Found, inputs: Inputs) -> bool:
    """Whether to compute now: it is not done, nobody does, and the last one is long enough ago."""
    result, item = found.result, found.item
    if (result and result.sha256 == inputs.sha256) or (item and item.is_open):
        return False
    if item is None:
        return True
    is_same = item.parameters["sha256"] == inputs.sha256
    if is_same and item.state != Item.State.DONE:
        return False  # it failed, or was called off: whoever looks decides
    if is_same or inputs.study.status == Study.Status.LIVE:
        return item.created_at + PAUSE <= timezone.now()
    return True


def _is_quick(inputs: Inputs) -> bool:
    return inputs.answers <= QUICK_ANSWERS


def _waits(found: _Found) -> bool:
    return found.item is not None and found.item.state == Item.State.QUEUED


def _begin(kind: str, inputs: Inputs, asked_by: User | None) -> None:
    wanted = Wanted(
        key=key_of(inputs.study, inputs.about),
        label=inputs.study.name,
        parameters={
            "study": inputs.study.pk, "sha256": inputs.sha256, "answers": inputs.answers,
            "selection": inputs.selection.to_json(),
        },
    )  # fmt: skip
    begin = do_now if _is_quick(inputs) else ask_once
    begin(kind=kind, item=wanted, priority=WAITED_FOR, asked_by=asked_by)


def _asked(found: _Found, inputs: Inputs) -> Asked:
    result, item = found.result, found.item
    is_stale = result is not None and result.sha256 != inputs.sha256
    is_open = item is not None and item.is_open
    ended_badly = (Item.State.FAILED, Item.State.CANCELLED)
    failed = item if item and item.state in ended_badly and (is_stale or not result) else None
    waits = is_stale and item is not None and not is_open and not failed
    return Asked(
        shown=result,
        running=item if is_open else None,
        failed=failed,
        is_stale=is_stale,
        again_at=item.created_at + PAUSE if waits and item else None,
    )


def _store(kind: str, inputs: Inputs, read_at: datetime, result: Any) -> None:
    """Store a result and remove what it replaces, of a study the oldest ones too."""
    row, _ = Computation.objects.update_or_create(
        study=inputs.study, kind=kind, sha256=inputs.sha256,
        defaults={
            "about": inputs.about, "answers": inputs.answers, "read_at": read_at, "result": result,
        },
    )  # fmt: skip
    _stored([kind], inputs).exclude(pk=row.pk).delete()
    of_study = Computation.objects.filter(study=inputs.study, kind=kind)
    oldest = list(of_study.order_by("-read_at").values_list("pk", flat=True)[_KEPT:])
    Computation.objects.filter(pk__in=oldest).delete()
