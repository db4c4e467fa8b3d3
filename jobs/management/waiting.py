"""What commands do with the work that they asked for: do it here, or leave it to the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.urls import reverse

from jobs.models import Item
from jobs.progress import Progress
from jobs.services import leases
from jobs.services.ask import cancel
from jobs.services.work import finish
from jobs.services.workers import living


def wait_for(
    items: Sequence[Item],
    *,
    name: str,
    unit: str,
    stages: Mapping[str, str] | None = None,
    batch_size: int = 1,
) -> list[Item]:
    """Do these items in this process, or see a worker do them, with a bar; how they ended.

    The bar counts items of a `unit`. One item alone has a bar for each of its `stages`, which says
    what these count. A job that is called off on its page ends here too.
    """
    asked = Item.objects.filter(pk__in=[item.pk for item in items])
    if len(items) == 1 and stages is not None:
        with _Stages(stages) as bars:
            finish(items=asked, batch_size=batch_size, progress=lambda *_: None, on_stage=bars.show)
    else:
        with Progress(name, len(items), unit) as bar:
            finish(items=asked, batch_size=batch_size, progress=bar.move_to)
    by_key = {item.pk: item for item in asked}
    return [by_key[item.pk] for item in items if item.pk in by_key]


def tell_of(items: Iterable[Item], out: OutputWrapper) -> None:
    """Where the jobs of what was left to the worker can be followed."""
    for pk in dict.fromkeys(item.job_id for item in items):
        out.write(f"job {pk} is queued; follow it at {reverse('admin:jobs_job_change', args=[pk])}")
    if not living():
        out.write("no worker is running: start one with manage.py worker")


def asked_for(ask: Callable[[], Sequence[Item]], parameters: Mapping[str, Any]) -> list[Item]:
    """The items that `ask` gives, all by these parameters.

    What waits by other parameters and nobody will do, as what a command left that was stopped, is
    called off and asked for anew. CommandError where somebody is at it, a worker is running, or
    somebody asked for it on a page.
    """
    items = ask()
    if any(item.parameters != parameters for item in items) and not living():
        leases.sweep()
        own = Item.objects.filter(pk__in=[item.pk for item in items], job__asked_by=None)
        waiting = own.filter(state="queued")
        cancel(waiting.exclude(parameters=parameters))
        items = ask()
    if others := [str(item) for item in items if item.parameters != parameters]:
        raise CommandError(
            f"asked for already, by other parameters, and not done yet: {', '.join(others)}; wait "
            "for it, or call it off in the admin"
        )
    return list(items)


def failures(items: Iterable[Item]) -> list[str]:
    """Of each item that was not done, why."""
    return [
        item.reason or f"{item} was called off" for item in items if item.state != Item.State.DONE
    ]


def raise_failures(items: Iterable[Item]) -> None:
    """CommandError with the reasons of what was not done."""
    if told := failures(items):
        raise CommandError("\n".join(told))


class _Stages:
    """A bar for each stage, one after the other."""

    def __init__(self, units: Mapping[str, str]) -> None:
        self._units, self._stack, self._stage = units, ExitStack(), ""

    def __enter__(self) -> _Stages:
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def show(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stack.close()
            unit = self._units.get(stage, "steps")
            self._bar = self._stack.enter_context(Progress(stage, total, unit))
            self._stage = stage
        self._bar.move_to(done)
