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

    def is_adrift(self) -> bool:
        return False

    def cancel(self) -> None:
        """It has ended."""


class Engine:
    def __init__(self, slots: int | None = None) -> None:
        """However many `slots` are asked for, there is this process."""

    @classmethod
    def examine(cls) -> str:
        return "in the worker's own process"

    @property
    def slots(self) -> int:
        return 1

    def has_room(self, running: int) -> bool:
        return running == 0

    def submit(self, task: Task, batch: str, ids: list[int]) -> _Ended:
        try:
            task(batch, ids)
        except Exception:  # to the worker it is what a killed process is to others
            return _Ended(traceback.format_exc())
        return _Ended("")

    def close(self) -> None:
        """Nothing runs between two submissions."""
