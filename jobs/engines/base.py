"""What the worker needs of an engine."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

Task = Callable[[str, list[int]], None]


class EngineError(Exception):
    """An engine that cannot work as it is set up: what was expected, and what there is."""


class Handle(Protocol):
    """A batch that was handed over."""

    def done(self) -> bool:
        """Whether it ended, well or not."""

    def error(self) -> str:
        """Why it ended badly; "" when it ended well."""

    def is_lost(self) -> bool:
        """Whether it ended because its process did, as one that was killed."""

    def is_adrift(self) -> bool:
        """Whether its end will not be known here, as after a connection was lost.

        It may go on where it is, and has its lease only while it does.
        """

    def cancel(self) -> None:
        """Do not begin it any more."""


class Engine(Protocol):
    """Runs `jobs.tasks` somewhere, `slots` batches at a time; None: as many as suit it."""

    def __init__(self, slots: int | None = None) -> None: ...

    @classmethod
    def examine(cls) -> str:
        """What it would work with, in a few words; raises EngineError where it could not."""

    @property
    def slots(self) -> int:
        """How many batches it does at a time; fewer or none while its processes are away."""

    def has_room(self, running: int) -> bool:
        """Whether a batch beside those `running` here would begin at once."""

    def submit(self, task: Task, batch: str, ids: list[int]) -> Handle:
        """Hand a claimed batch over, to be worked on by `task(batch, ids)`.

        Raises EngineError where it cannot be handed over just now.
        """

    def close(self) -> None:
        """Stop; what runs is given up, and its rows are swept up later."""


def load_engine(name: str, slots: int | None = None) -> Engine:
    """The `Engine` of that name, of this package or a dotted path, for `slots` batches at a time.

    Raises ImportError where there is no such module or class, or where its library is missing, and
    EngineError where it cannot start.
    """
    return find_engine(name)(slots)


def find_engine(name: str) -> type[Engine]:
    """The class of the engine of that name; raises ImportError as `load_engine`."""
    path = name if "." in name else f"jobs.engines.{name}"
    module = import_module(path)
    if not hasattr(module, "Engine"):
        raise ImportError(f"{path} has no class Engine")
    return cast(type[Engine], module.Engine)
