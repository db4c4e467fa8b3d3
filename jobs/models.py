"""Long work: a job that somebody asked for, and the items that are done one by one."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from jobs.kinds import KINDS
from jobs.querysets import OPEN, ItemQuerySet, JobQuerySet, WorkerQuerySet


class Job(models.Model):
    """Work of one `kind` `about` something, which its items make up.

    How far it is, its items alone say.
    """

    kind = models.CharField(_("kind"), max_length=30)
    about = models.CharField(_("about"), max_length=200, blank=True)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("higher is sooner"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return f"{self.label}: {self.about}" if self.about else str(self.label)

    @property
    def label(self) -> str:
        """The kind in words; its name where no app knows it any more."""
        return str(KINDS[self.kind].label) if self.kind in KINDS else self.kind

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many items are in each state."""
        return self.items.counts()

    @property
    def state(self) -> Item.State:
        """Of the whole: being done as soon as an item is or was, failed where one failed."""
        state, counts = Item.State, self.counts
        if counts[state.LEASED] or (counts[state.QUEUED] and counts[state.DONE]):
            return state.LEASED
        for each in (state.QUEUED, state.FAILED, state.CANCELLED):
            if counts[each]:
                return each
        return state.DONE


class Item(models.Model):
    """A piece of a job, claimed, done and committed by itself.

    A worker claims items by a lease and raises their `fence`; whoever commits must still hold
    that lease and that fence, so that a result is computed at least once and stored exactly once.
    Of the same kind and `key` one item is open at a time. Items of a kind and `group` may be done
    together; `part` names what several of a job belong to, as the photograph of stimuli. `done` of
    `total` steps of the `stage` are finished; `outcome` says what came of it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        LEASED = "leased", _("being made")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    job = models.ForeignKey(
        Job, models.CASCADE, related_name="items", verbose_name=_("job"), editable=False
    )
    kind = models.CharField(_("kind"), max_length=30, editable=False)
    key = models.CharField(max_length=100, editable=False)
    group = models.CharField(max_length=100, blank=True, editable=False)
    part = models.CharField(_("part"), max_length=100, blank=True, editable=False)
    label = models.CharField(_("what"), max_length=200, blank=True, editable=False)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("higher is sooner"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(default=timezone.now, editable=False)
    fence = models.PositiveIntegerField(default=0, editable=False)
    batch = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    owner = models.CharField(max_length=200, blank=True, editable=False)
    error = models.TextField(_("error"), blank=True)
    stage = models.CharField(_("stage"), max_length=40, blank=True, editable=False)
    done = models.PositiveIntegerField(_("steps done"), default=0, editable=False)
    total = models.PositiveIntegerField(_("steps in all"), default=0, editable=False)
    stage_began_at = models.DateTimeField(null=True, editable=False)
    outcome = models.TextField(_("outcome"), blank=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["job", "pk"]
        verbose_name = _("item")
        verbose_name_plural = _("items")
        indexes: ClassVar[list[models.Index]] = [
            # Not of queued items only: a statement that PostgreSQL has prepared finds no index
            # whose condition its parameters have to fulfil.
            models.Index(fields=["state", "-priority", "id"], name="item_claim"),
            models.Index(fields=["batch"], name="item_of_batch"),
            models.Index(fields=["job", "state", "finished_at"], name="item_of_job"),
            models.Index(fields=["kind", "key"], name="item_of_key"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state__in=OPEN), name="item_is_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, batch__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, batch__isnull=True)),
                name="item_leased_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.key

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def seconds_left(self) -> float | None:
        """Of the stage, by its pace so far; None where there is none yet."""
        if self.state != self.State.LEASED or not (self.done and self.stage_began_at):
            return None
        spent = (timezone.now() - self.stage_began_at).total_seconds()
        return spent / self.done * max(0, self.total - self.done)

    @property
    def share(self) -> float:
        """Of the stage's steps, those that are done."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def reason(self) -> str:
        """The error without its way through the program."""
        return self.error.partition("\n")[0]

    @property
    def way(self) -> str:
        """The error's way through the program."""
        return self.error.partition("\n")[2].strip()


class Worker(models.Model):
    """A process that takes whatever is queued, for as long as it lives.

    `name` is the `owner` of the items that it has claimed. It beats every few seconds; the row of
    one that fell silent is swept away by the others.
    """

    name = models.CharField(max_length=200, unique=True, editable=False)
    host = models.CharField(_("machine"), max_length=100, editable=False)
    pid = models.PositiveIntegerField(_("process"), editable=False)
    engine = models.CharField(_("engine"), max_length=100, editable=False)
    slots = models.PositiveSmallIntegerField(_("batches at a time"), editable=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    beat_at = models.DateTimeField(_("last sign of life"), default=timezone.now, editable=False)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["host", "started_at"]
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"
