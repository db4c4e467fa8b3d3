"""How far jobs are, from their items alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from jobs.models import Item, Job, Worker
from jobs.querysets import JobQuerySet, count_items
from jobs.services.workers import living

SHOWN = 20  # items of a kind on a page; the list of items has them all
# The pace is that of the items finished last, which a worker that came or went has changed.
_RECENT = 100


@dataclass
class Part:
    """Items of a job that belong to the same, as to a photograph."""

    name: str
    done: int = 0
    failed: int = 0
    total: int = 0


@dataclass(frozen=True)
class Overview:
    """What a job's page says. `making` and `failed` are at most SHOWN; `hands` are the workers
    that make something of it, or of the other processes the names.
    """

    job: Job
    parts: list[Part]
    seconds_left: float | None
    making: list[Item]
    failed: list[Item]
    hands: list[Worker | str]
    lacks_worker: bool

    @property
    def counts(self) -> dict[str, int]:
        return self.job.counts

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        return self.counts["queued"] + self.counts["leased"]

    @property
    def ended_badly(self) -> int:
        return self.counts["failed"] + self.counts["cancelled"]


@dataclass(frozen=True)
class JobUnderWay:
    """A job that is not done yet; `done` of `total` items, and with parts of items `share`."""

    job: Job
    done: int
    total: int
    share: float
    seconds_left: float | None


@dataclass(frozen=True)
class UnderWay:
    """Jobs that are not done yet: at most SHOWN of them, the first asked for."""

    jobs: list[JobUnderWay]

    @property
    def left(self) -> int:
        """How many of their items are not finished."""
        return sum(each.total - each.done for each in self.jobs)


def under_way(jobs: JobQuerySet) -> UnderWay:
    """What of these is not done yet, by three queries and one for each that is being made."""
    return UnderWay(how_far(list(jobs.open().select_related("asked_by").order_by("pk")[:SHOWN])))


def how_far(jobs: Sequence[Job]) -> list[JobUnderWay]:
    """Each of these; sets their counts."""
    count_items(jobs)
    making: dict[int, list[Item]] = defaultdict(list)
    leased = Item.objects.filter(job__in=jobs, state=Item.State.LEASED)
    for item in leased.defer("parameters"):
        making[item.job_id].append(item)
    found = []
    for job in jobs:
        done, total = job.counts["done"], sum(job.counts.values())
        share = done + sum(item.share for item in making[job.pk])
        left = seconds_left(job, making[job.pk])
        found.append(JobUnderWay(job, done, total, share, left))
    return found


def overview(job: Job) -> Overview:
    """Of any number of items, by seven queries at most."""
    parts = _parts(job)
    items = job.items.defer("parameters")
    making = list(items.filter(state="leased").order_by("pk")[:SHOWN])
    failed = (
        list(items.filter(state="failed").order_by("pk")[:SHOWN]) if job.counts["failed"] else []
    )
    workers = {each.name: each for each in living()} if job.counts["queued"] or making else {}
    owners = dict.fromkeys(item.owner for item in making)
    return Overview(
        job=job,
        parts=parts,
        seconds_left=seconds_left(job, making),
        making=making,
        failed=failed,
        hands=[workers.get(owner) or _told(owner) for owner in owners],
        lacks_worker=bool(job.counts["queued"]) and not (workers or making),
    )


def seconds_left(job: Job, making: list[Item]) -> float | None:
    """By the pace of the items finished last or, before there are any, of those being made.

    None where nothing is being made, or nothing is known of its pace.
    """
    if not making:
        return None
    began = min((item.started_at for item in making if item.started_at), default=None)
    under_way = sum(item.share for item in making)
    left = job.counts["queued"] + job.counts["leased"] - under_way
    recent = _recent(job)
    if recent:
        finished, first, last = recent
        return left * (last - first).total_seconds() / finished
    if began is None or not under_way:
        return None
    return left * (timezone.now() - began).total_seconds() / under_way


def _recent(job: Job) -> tuple[int, datetime, datetime] | None:
    """How many items were finished lately, when the first was begun and the last was finished."""
    done = job.items.filter(state="done").order_by("-finished_at")
    times = list(done.values_list("started_at", "finished_at")[:_RECENT])
    known = [(start, end) for start, end in times if start and end]
    if not known:
        return None
    return len(known), min(start for start, _ in known), max(end for _, end in known)


def _parts(job: Job) -> list[Part]:
    """The parts in the order of their names; sets the job's counts by the same query."""
    counts = dict.fromkeys(Item.State.values, 0)
    parts: dict[str, Part] = {}
    rows = job.items.order_by("part").values_list("part", "state").annotate(n=Count("pk"))
    for name, state, n in rows:
        counts[state] += n
        part = parts.setdefault(name, Part(name))
        part.total += n
        part.done += n if state == "done" else 0
        part.failed += n if state == "failed" else 0
    job.counts = counts
    return [part for part in parts.values() if part.name]


def _told(owner: str) -> str:
    """Another process, by its machine and number."""
    return owner.rpartition(" ")[0]
