"""Batches for Dask workers on other machines: for those that have what this process has."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from jobs.engines import likeness
from jobs.engines.base import EngineError, Task
from jobs.engines.cluster import RESOURCE, ClusterEngine, Running, set_up

_LOOK_S = 1.0  # seconds between two looks at who is idle
_TROUBLE_S = 10.0  # and after one that failed
_STRANDED_S = 5.0
_AGAIN_S = 60.0  # before a Dask worker that did not answer is asked again
_ANSWER_S = 40.0  # the longest that the scheduler may take to answer, or a worker to be described
_SETUP = (
    "start it where texturestudy is installed, with DJANGO_SETTINGS_MODULE=texturestudy.settings "
    "and the TEXTURESTUDY_ variables of this installation"
)

logger = logging.getLogger(__name__)


class RemoteEngine(ClusterEngine):
    """As many batches at a time as there are idle Dask workers, and at most `slots`.

    A Dask worker counts when it offers the resource `texturestudy`, and is used when it has the
    same versions, database and storage.
    """

    def __init__(self, slots: int | None = None) -> None:
        set_up()
        self._most = slots
        self._free, self._look_at = 0, 0.0
        # Each address with what is wrong there, which is nothing where all is well.
        self._wrong: dict[str, list[str]] = {}
        # Those that did not answer, and since when.
        self._silent: dict[str, float] = {}
        self._lonely = False
        self._handed: dict[str, Running] = {}
        # Batches that Dask has not given to anybody, and since when.
        self._waiting: dict[str, float] = {}

    @property
    def slots(self) -> int:
        there = len(self._fitting())
        return there if self._most is None else min(there, self._most)

    def has_room(self, running: int) -> bool:
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_S
            self._free = self._look_safely()
        return self._free > 0 and (self._most is None or running < self._most)

    def submit(self, task: Task, batch: str, ids: list[int]) -> Running:
        handed = super().submit(task, batch, ids)
        self._free -= 1
        self._handed[batch] = handed
        return handed

    def _where(self) -> dict[str, Any]:
        return {"workers": self._fitting(), "allow_other_workers": False}

    def _is_connected(self) -> bool:
        return bool(self._client.status == "running")

    def _look_safely(self) -> int:
        if not self._is_connected():
            return 0
        try:
            return self._look()
        except (OSError, EngineError) as error:  # as when the scheduler ends in this moment
            logger.warning("The Dask workers were not looked at: %s", error)
            self._wrong.clear()
            self._look_at = time.monotonic() + _TROUBLE_S
            return 0

    def _look(self) -> int:
        """How many idle Dask workers are there for a batch."""
        offering = self._offering()
        self._check(offering)
        busy = self._ask("processing")
        self._strand({key for keys in busy.values() for key in keys})
        idle = sum(not busy.get(address) for address in self._fitting())
        return idle - len(self._waiting)  # the scheduler knows of them soon

    def _strand(self, with_workers: set[str]) -> None:
        """Give up what waits too long: it was kept to Dask workers, and these are gone."""
        now = time.monotonic()
        self._handed = {key: each for key, each in self._handed.items() if not each.done()}
        without = self._handed.keys() - with_workers
        self._waiting = {key: self._waiting.get(key, now) for key in without}
        for key, since in list(self._waiting.items()):
            if now - since > _STRANDED_S:
                self._handed.pop(key).strand()
                del self._waiting[key]

    def _offering(self) -> set[str]:
        workers = self._ask("identity", n_workers=-1)["workers"]
        offering = {
            address
            for address, facts in workers.items()
            if facts["resources"].get(RESOURCE) and facts["status"] == "running"
        }
        if not offering and not self._lonely:
            logger.warning(self._nobody(len(workers)))
        self._lonely = not offering
        return offering

    def _nobody(self, others: int) -> str:
        """What is said when there is no Dask worker for batches, besides `others`."""
        return (
            f"No Dask worker offers the resource {RESOURCE} ({others} others are there): waiting. "
            f"Start them with: dask worker ADDRESS --nthreads 1 --resources {RESOURCE}=1"
        )

    def _check(self, addresses: Iterable[str]) -> None:
        """Look at those that are new; forget those that are gone."""
        now = time.monotonic()
        again = {each for each, since in self._silent.items() if now - since >= _AGAIN_S}
        known = self._wrong.keys() & set(addresses) - again
        self._wrong = {each: self._wrong[each] for each in known}
        self._silent = {each: since for each, since in self._silent.items() if each in known}
        if not (new := [each for each in addresses if each not in known]):
            return
        with likeness.probe() as probe:
            mine = likeness.here(probe)
            found = self._described(new, probe)
        for address, theirs in found.items():
            if isinstance(theirs, likeness.Likeness):
                self._wrong[address] = mine.differences(theirs)
            elif isinstance(theirs, TimeoutError):
                self._wrong[address] = ["it does not answer, or its database and storage do not"]
                self._silent[address] = time.monotonic()
            else:
                self._wrong[address] = [f"{type(theirs).__name__}: {theirs}; {_SETUP}"]
            if self._wrong[address]:
                logger.warning(_told(address, self._wrong[address]))

    def _described(self, addresses: list[str], probe: str) -> dict[str, Any]:
        """What each of them is, or why it cannot say: all at once or, where one of them does not
        answer, one by one.
        """
        try:
            found: dict[str, Any] = self._client.run(
                likeness.describe, probe, workers=addresses, on_error="return",
                callback_timeout=_ANSWER_S,
            )  # fmt: skip
        except TimeoutError as error:
            if len(addresses) == 1:
                return {addresses[0]: error}
            return {
                address: theirs
                for each in addresses
                for address, theirs in self._described([each], probe).items()
            }
        return found

    def _fitting(self) -> list[str]:
        known = list(self._wrong.items())  # at once: another thread asks how many slots there are
        return [address for address, wrong in known if not wrong]

    def _refuse_unlike(self) -> None:
        """Raises EngineError where there are Dask workers, but none that fits."""
        if self._wrong and not self._fitting():
            raise EngineError("; ".join(_told(*each) for each in self._wrong.items()))

    def _ask(self, question: str, **arguments: Any) -> Any:
        """What the scheduler answers; raises OSError where it does not."""
        ask = getattr(self._client.scheduler, question)
        return self._client.sync(ask, callback_timeout=_ANSWER_S, **arguments)


def _told(address: str, wrong: list[str]) -> str:
    return f"the Dask worker {address} gets no work: {'; '.join(wrong)}"
