"""Runs a batch in the worker's own process, one after the other."""

from __future__ import annotations

import traceback

from jobs.engines.base import Task


class _Ended:
    def __init__(self, error: str) -> None:
        self._error = error

    def done(self) -> bool:
        return True

    def error(self) -> str:
        return self._error

    def is_lost(self) -> bool:
        return False


class Engine:
    def __init__(self, slots: int = 1) -> None:
        self.slots = slots

    def submit(self, task: Task, batch: str, ids: list[int]) -> _Ended:
        try:
            task(batch, ids)
        except Exception:  # to the worker it is what a killed process is to others
            return _Ended(traceback.format_exc())
        return _Ended("")

    def close(self) -> None:
        """Nothing runs between two submissions."""
