"""Long work that somebody asked for on a page: asking, and doing what was claimed."""

from __future__ import annotations

import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from generation.models import Job, Word
from generation.nst.errors import NstError
from generation.services import leases
from generation.services.cluster import cluster
from generation.services.describe import describe_images, undescribed
from generation.services.heartbeat import Heartbeat, LeaseLost
from generation.services.similar import pack_sketches
from generation.services.style_map import draw_style_map

_PAUSE = 0.5  # seconds between two notes of the progress


def ask(
    *,
    kind: Job.Kind,
    word: Word | None = None,
    parameters: Mapping[str, Any] | None = None,
    asked_by: AbstractBaseUser | None = None,
) -> tuple[Job, bool]:
    """The job of this kind that waits or is being done, and whether it is a new one.

    What waits already is done as it was asked for first.
    """
    waiting = Job.objects.unfinished().filter(kind=kind, word=word)
    if found := waiting.first():
        return found, False
    try:
        with transaction.atomic():
            values = {"parameters": dict(parameters or {}), "asked_by": asked_by}
            return Job.objects.create(kind=kind, word=word, **values), True
    except IntegrityError:  # somebody else asked in this moment
        return waiting.get(), False


def run(*, batch: uuid.UUID, ids: Iterable[int]) -> None:
    """Do the claimed jobs of a batch. Ends quietly when the lease is lost."""
    jobs = Job.objects.select_related("word").filter(pk__in=list(ids), state="leased", batch=batch)
    with Heartbeat(batch) as heartbeat:
        for job in jobs:
            try:
                outcome = _DOING[Job.Kind(job.kind)](job, Tally(job, heartbeat))
            except LeaseLost:
                return
            except NstError as error:  # says what was expected; it would say it again
                leases.give_back([job], error=str(error), final=True)
            except Exception as error:
                leases.give_back([job], error="".join(traceback.format_exception(error)))
            else:
                _mine(job).update(
                    state="done", batch=None, lease_until=None, owner="", error="",
                    outcome=outcome, finished_at=timezone.now(),
                )  # fmt: skip


class Tally:
    """Writes into a job's row how far it is; stops the work when its lease is lost."""

    def __init__(self, job: Job, heartbeat: Heartbeat) -> None:
        self._job, self._heartbeat, self._told = job, heartbeat, 0.0

    def begin(self, stage: str, total: int) -> None:
        """A new stage of `total` steps."""
        self._done = 0
        self._write(stage=stage, total=total, done=0, stage_began_at=timezone.now())

    def add(self) -> None:
        """One more step."""
        self._done += 1
        if time.monotonic() - self._told >= _PAUSE:
            self._write(done=self._done)

    def _write(self, **values: Any) -> None:
        self._heartbeat.check()
        _mine(self._job).update(**values)
        self._told = time.monotonic()


def _mine(job: Job) -> QuerySet[Job]:
    """The row, if it is still this batch's."""
    return Job.objects.filter(pk=job.pk, state="leased", batch=job.batch, fence=job.fence)


def _cluster(job: Job, tally: Tally) -> str:
    word = job.word
    if word is None:
        raise ValueError(f"expected a word to cluster, job {job.pk} has none")
    images = undescribed([word])
    tally.begin("describe", len(images))
    describe_images(images=images, progress=tally.add)
    tally.begin("cluster", 1)
    pack_sketches()
    clustering = cluster(word=word, **job.parameters)
    return f"#{clustering.pk}"


def _style_map(_job: Job, tally: Tally) -> str:
    return f"#{draw_style_map(tally=tally).pk}"


_DOING: dict[Job.Kind, Callable[[Job, Tally], str]] = {
    Job.Kind.CLUSTER: _cluster,
    Job.Kind.STYLE_MAP: _style_map,
}
