"""Which workers there are: each has a row for as long as it gives signs of life."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from django.db import Error
from django.utils import timezone

from jobs.models import Item, Worker
from jobs.services import leases
from jobs.services.heartbeat import Beats

logger = logging.getLogger(__name__)


class Presence:
    """`with Presence(engine="local", slots=2)`: this process is a worker that others see.

    `slots` says how many batches it does at a time; where that changes, each time it is called.
    """

    def __init__(self, *, engine: str, slots: int | Callable[[], int]) -> None:
        name = leases.me()
        host, pid, _started = name.rsplit(" ", 2)
        self._name = name
        self._facts = {"host": host, "pid": int(pid), "engine": engine[:100]}
        self._slots = slots if callable(slots) else lambda: slots
        self._started_at = timezone.now()
        self._beats = Beats("worker", self._beat)

    def __enter__(self) -> Presence:
        with _patience("it came"):
            self._beat()
        self._beats.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beats.stop()
        with _patience("it went"):
            Worker.objects.filter(name=self._name).delete()

    def _beat(self) -> bool:
        """Also where the row was swept, as after a machine that slept."""
        Worker.objects.update_or_create(
            name=self._name,
            defaults={"beat_at": timezone.now(), "slots": self._slots()},
            create_defaults={
                **self._facts,
                "slots": self._slots(),
                "started_at": self._started_at,
            },
        )
        sweep()
        return True


@contextmanager
def _patience(what: str) -> Iterator[None]:
    """A database that is away keeps no worker from its work, and none from stopping."""
    try:
        yield
    except Error as error:
        logger.warning("That %s was not stored: %s", what, error)


def living() -> list[Worker]:
    """Those that gave a sign lately and, on this machine, whose process is still there."""
    return [each for each in Worker.objects.heard() if not leases.is_dead(each.name)]


def sweep() -> int:
    """Remove the rows of workers that are gone; returns how many."""
    alive = [each.pk for each in living()]
    gone = Worker.objects.exclude(pk__in=alive)
    return gone.delete()[0]


def waits_for_nobody() -> bool:
    """Whether something is queued, and no worker is there to take it."""
    return Item.objects.filter(state="queued").exists() and not living()
