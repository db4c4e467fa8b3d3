"""What the admin's front page says: what there is to do, and how everything stands."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.models import Item, Job
from jobs.querysets import JobQuerySet
from jobs.services.overview import UnderWay, under_way
from jobs.services.workers import waits_for_nobody
from survey.models import Fault, Participant, Study
from texturestudy.work import DOCTOR

# Bytes that have to be free where data are stored.
ROOM = 1 << 30
_SHOWN = 8  # studies; their list has them all
_KEPT = 600  # seconds for which the size of the images is not added up again
_STALE = timedelta(days=7)  # since somebody had everything checked


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to be looked at, and where."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes. `images` is None where they lie in a bucket, `database` where it cannot be told."""

    free: int
    total: int
    images: int | None
    database: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one of the doctor's checks said."""

    name: str
    is_well: bool
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The last time that everything was checked, and whether it is being checked now."""

    at: datetime | None
    findings: list[Finding]
    running: Item | None

    @property
    def troubles(self) -> list[Finding]:
        return [each for each in self.findings if not each.is_well]

    @property
    def is_stale(self) -> bool:
        return self.at is None or timezone.now() - self.at > _STALE


def studies(user: User) -> list[Study]:
    """The user's, the live ones first, with `today` and `complete` of live participants."""
    live = Q(participants__origin=Participant.Origin.LIVE)
    began = Q(participants__started_at__gte=_midnight())
    found = (
        Study.objects.of(user)
        .annotate(
            today=Count("participants", filter=live & began),
            complete=Count("participants", filter=live & ~Q(participants__finished_at=None)),
            is_live=Q(status=Study.Status.LIVE),
        )
        .order_by("-is_live", "-created_at")
    )
    return list(found[:_SHOWN])


def work(user: User) -> UnderWay:
    """Jobs that are not done yet, of everybody for who looks after jobs."""
    return under_way(_theirs(user))


def warnings(user: User) -> list[Warning]:
    """What somebody has to do something about, and can."""
    return [*_of_studies(user), *_of_work(user), *(_of_the_machine() if _is_admin(user) else ())]


def disk() -> Disk:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return Disk(usage.free, usage.total, _image_bytes(), _database_bytes())


def checked() -> Checked:
    """By the doctor, as a job."""
    asked = Item.objects.filter(kind=DOCTOR)
    last = asked.filter(state=Item.State.DONE).order_by("-finished_at").first()
    findings = [Finding(*each) for each in json.loads(last.outcome)] if last else []
    return Checked(last.finished_at if last else None, findings, asked.open().first())


def _theirs(user: User) -> JobQuerySet:
    jobs = Job.objects.all()
    return jobs if user.has_perm("jobs.change_job") else jobs.filter(asked_by=user)


def _is_admin(user: User) -> bool:
    return user.has_perm("survey.every_study")


def _of_studies(user: User) -> Iterator[Warning]:
    if count := Fault.objects.filter(study__in=Study.objects.of(user).values("pk")).count():
        text = ngettext(
            "%(n)d image of a study is missing or changed: its questions are not shown.",
            "%(n)d images of studies are missing or changed: their questions are not shown.",
            count,
        )
        yield Warning(text % {"n": count}, reverse("admin:survey_fault_changelist"))


def _of_work(user: User) -> Iterator[Warning]:
    failed = Item.objects.filter(state=Item.State.FAILED, job__in=_theirs(user).values("pk"))
    if count := failed.count():
        text = ngettext("%(n)d piece of work failed.", "%(n)d pieces of work failed.", count)
        address = reverse("admin:jobs_item_changelist") + "?state__exact=failed"
        yield Warning(text % {"n": count}, address)
    if waits_for_nobody():
        text = _("No worker is running, so this waits. Start one: %(command)s")
        yield Warning(text % {"command": "manage.py worker"}, reverse("admin:jobs_job_changelist"))


def _of_the_machine() -> Iterator[Warning]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < ROOM:
        text = _("Only %(mb)d MB are free where data are stored: make room.")
        yield Warning(text % {"mb": free >> 20}, "")


def _image_bytes() -> int | None:
    if not isinstance(default_storage, FileSystemStorage):
        return None
    root = Path(default_storage.location)
    return cache.get_or_set("image-bytes", lambda: _bytes_below(root), _KEPT)


def _bytes_below(root: Path) -> int:
    total = 0
    for folder, _folders, names in os.walk(root):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except FileNotFoundError:  # gone since
                continue
    return total


def _database_bytes() -> int | None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        elif connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            return None
        return int(cursor.fetchone()[0])


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
