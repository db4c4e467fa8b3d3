from __future__ import annotations

from collections.abc import Callable

import pytest

from jobs import kinds
from jobs.kinds import Kind
from jobs.services.batch import Batch
from tests.jobs.rows import KIND


class FinalError(Exception):
    """What comes back the same however often one tries."""


@pytest.fixture(autouse=True)
def works(monkeypatch) -> Callable[[Callable[[Batch], None]], None]:
    """Says what the kind of the tests does; at first it commits every item."""

    def commit_all(batch: Batch) -> None:
        for item in batch.items:
            batch.commit(item)
            batch.advance(1)

    def decide(run: Callable[[Batch], None]) -> None:
        kind = Kind(KIND, "for a test", run, together=None, final=(FinalError,))
        monkeypatch.setitem(kinds._kinds, KIND, kind)

    decide(commit_all)
    return decide
