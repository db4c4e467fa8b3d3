"""What the engines of Dask have in common: how processes are set up, and batches watched."""

from __future__ import annotations

import logging
import os
from typing import Any

from jobs.engines.base import EngineError, Task

try:
    import dask
    import distributed
except ImportError as error:
    raise ImportError(
        "the engines local, dask and slurm need Dask: pip install 'texturestudy[dask]', or set "
        "TEXTURESTUDY_ENGINE=inline"
    ) from error

# A process that does batches offers one of it, and a batch takes one.
RESOURCE = "texturestudy"


class Running:
    """A batch as Dask sees it."""

    def __init__(self, future: Any) -> None:
        self._future = future
        self._is_stranded = False

    def done(self) -> bool:
        return self._is_stranded or bool(self._future.done())

    def error(self) -> str:
        if self._is_stranded:
            return "its Dask worker is gone"
        error = self._future.exception() if self._future.status == "error" else None
        return "" if error is None else f"{type(error).__name__}: {error}"

    def is_lost(self) -> bool:
        if self._is_stranded:
            return True
        failed = self._future.status == "error"
        return failed and isinstance(self._future.exception(), distributed.KilledWorker)

    def is_adrift(self) -> bool:
        # The scheduler forgot it, or the connection to the scheduler broke.
        return not self._is_stranded and self._future.status in ("cancelled", "lost")

    def cancel(self) -> None:
        self._future.cancel()

    def strand(self) -> None:
        """Give it up: Dask has nobody for it any more."""
        self._is_stranded = True
        self._future.cancel()


class ClusterEngine:
    """Hands batches to a Dask client; where it leads to, its heirs decide."""

    _client: distributed.Client

    def submit(self, task: Task, batch: str, ids: list[int]) -> Running:
        try:
            future = self._client.submit(
                task, batch, ids, key=batch, pure=False, resources={RESOURCE: 1}, **self._where()
            )
        except Exception as error:  # whatever the library raises without its scheduler
            raise EngineError(f"the batch could not be handed to Dask: {error}") from error
        return Running(future)

    def _where(self) -> dict[str, Any]:
        """More arguments of `Client.submit`: where a batch may run."""
        return {}


def set_up(threads: int | None = None) -> None:
    """How Dask behaves here, and with how many `threads` the processes that it starts compute."""
    dask.config.set(
        {
            # Retrying is the rows' business: a lost batch comes back as an error at once.
            "distributed.scheduler.allowed-failures": 0,
            "distributed.scheduler.work-stealing": False,
        }
    )
    if threads:
        # Dask gives each process one thread for arithmetic, unless it is told here.
        dask.config.set({"distributed.nanny.pre-spawn-environ": environment(threads)})
    # It tells of every connection and, when stopped, of every process that it ends.
    for name in ("distributed", "distributed.client"):  # the latter has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)


def environment(threads: int) -> dict[str, str]:
    """The variables of a process that computes with so many threads, or as the environment says."""
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    # Dask's processes compute in a thread, whose share of glibc's memory would be returned to the
    # system, and cleared anew, at every iteration: see nst.memory.keep_freed_memory.
    kept = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}
    return dict.fromkeys(variables, os.environ.get("OMP_NUM_THREADS", str(threads))) | kept
