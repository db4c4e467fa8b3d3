"""What a kind of work gets to do: the items of a claimed batch, and how to end them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from jobs.kinds import Kind
from jobs.models import Item
from jobs.services import leases
from jobs.services.heartbeat import Heartbeat
from jobs.services.patience import missing, patiently

# Is told of a stage, and how many of how many of its steps are done.
OnStage = Callable[[str, int, int], None]

_PAUSE = 0.5  # seconds between two notes of the progress
_Result = TypeVar("_Result")


class Batch:
    """Claimed items of one kind and group. Each is committed or failed by itself.

    An item that is neither by the end has failed.
    """

    def __init__(
        self,
        kind: Kind,
        items: Sequence[Item],
        heartbeat: Heartbeat,
        told: Callable[[float], None] | None = None,
        on_stage: OnStage | None = None,
    ) -> None:
        self.items = list(items)
        self._kind, self._heartbeat, self._told = kind, heartbeat, told
        self._on_stage = on_stage
        self._written: dict[frozenset[int], tuple[str, float]] = {}

    def check(self) -> None:
        """Raises LeaseLost when the work was cancelled, or somebody else has it: stop."""
        self._heartbeat.check()

    def advance(self, items: float) -> None:
        """So many more items' worth of work is done; a bar shows it."""
        if self._told:
            self._told(items)

    def commit(self, item: Item, store: Callable[[], Any] | None = None, outcome: str = "") -> bool:
        """The item is done: mark it and `store` what came of it, or do neither.

        False where the item is not this batch's any more. Files are to be there already. Waits
        for a database that is away.
        """
        return self.patiently(lambda: self._commit(item, store, outcome))

    def patiently(self, do: Callable[[], _Result]) -> _Result:
        """What `do` returns. It waits, and tries again, while the database or the storage is away,
        so that what was computed need not be computed anew; `do` can be done twice.
        """
        return patiently(do, self._heartbeat)

    def _commit(self, item: Item, store: Callable[[], Any] | None, outcome: str) -> bool:
        with transaction.atomic():
            ended = leases.mine(item).update(
                state=Item.State.DONE, error="", outcome=outcome, finished_at=timezone.now(),
                **leases.FREE,
            )  # fmt: skip
            if ended and store:
                store()
        return bool(ended)

    def fail(self, item: Item, error: Exception, *, outcome: str = "", final: bool = False) -> None:
        """Give the item back with the reason, to be tried again later if that is of any use.

        It is not where the error is `final`, by its class or by this word. `outcome` says what
        came of it nevertheless. An error of the database, the storage or the disk is raised again:
        the item has no part in it, and whoever runs the batch waits until that is over.
        """
        if self._heartbeat.patient and missing(error):
            raise error
        if outcome:
            leases.mine(item).update(outcome=outcome)
        final = final or isinstance(error, self._kind.final)
        told = str(error) if final else f"{type(error).__name__}: {error}"
        way = "".join(traceback.format_exception(error))
        leases.give_back(leases.mine(item), error=f"{told}\n\n{way}", final=final)

    def tally(self, item: Item, stages: int = 1) -> Tally:
        """For work on one item, in so many stages that take about as long as each other."""
        return Tally(self, item, stages)

    def tell(self, items: Sequence[Item], stage: str, done: int, total: int) -> None:
        """Write into these items how far they are, not more often than anybody looks."""
        self.check()
        if self._on_stage:
            self._on_stage(stage, done, total)
        keys = frozenset(item.pk for item in items)
        told = self._written.get(keys)
        now = time.monotonic()
        if told and told[0] == stage and now < told[1] + _PAUSE and not 0 < total <= done:
            return
        values: dict[str, Any] = {"stage": stage, "done": done, "total": total}
        if not told or told[0] != stage:
            values["stage_began_at"] = timezone.now()
        self._written[keys] = (stage, now)
        own = leases.held(self._heartbeat.batch).filter(pk__in=keys)
        self.patiently(lambda: own.update(**values))


class Tally:
    """Writes into an item how far it is; stops the work when its lease is lost."""

    def __init__(self, batch: Batch, item: Item, stages: int) -> None:
        self._batch, self._item, self._stages = batch, item, stages
        self._stage, self._done, self._total = "", 0, 0

    def begin(self, stage: str, total: int) -> None:
        """A new stage of `total` steps; 0 where nobody knows how many there are."""
        if self._stage:  # what was left of the last one
            self._advance(self._total - self._done)
        self._stage, self._done, self._total = stage, 0, total
        self._batch.tell([self._item], stage, 0, total)

    def add(self) -> None:
        """One more step."""
        self.move_to(self._done + 1)

    def move_to(self, done: int) -> None:
        """So many steps of the stage are done."""
        self._advance(done - self._done)
        self._done = done
        self._batch.tell([self._item], self._stage, done, self._total)

    def _advance(self, steps: int) -> None:
        if self._total:
            self._batch.advance(steps / self._total / self._stages)
