"""Runs batches in processes of this machine that Dask supervises: a killed one is started anew."""

from __future__ import annotations

import logging
import os
from typing import Any

from jobs.engines.base import Task

try:
    import dask
    from distributed import Client, KilledWorker, LocalCluster
except ImportError as error:
    raise ImportError(
        "the local engine needs Dask: pip install 'texturestudy[dask]', or set "
        "TEXTURESTUDY_ENGINE=inline"
    ) from error


class _Running:
    def __init__(self, future: Any) -> None:
        self._future = future

    def done(self) -> bool:
        return bool(self._future.done())

    def error(self) -> str:
        error = self._future.exception() if self._future.status == "error" else None
        return "" if error is None else f"{type(error).__name__}: {error}"

    def is_lost(self) -> bool:
        if self._future.status != "error":
            return bool(self._future.cancelled())
        return isinstance(self._future.exception(), KilledWorker)


class Engine:
    def __init__(self, slots: int = 1) -> None:
        threads = os.environ.get("OMP_NUM_THREADS") or max(1, (os.cpu_count() or 1) // slots)
        variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        # Dask's processes compute in a thread, whose share of glibc's memory would be returned to
        # the system, and cleared anew, at every iteration: see nst.memory.keep_freed_memory.
        kept = {"MALLOC_ARENA_MAX": 1, "MALLOC_TRIM_THRESHOLD_": 2**31 - 1}
        dask.config.set(
            {
                # Retrying is the rows' business: a lost batch comes back as an error at once.
                "distributed.scheduler.allowed-failures": 0,
                "distributed.scheduler.work-stealing": False,
                # Dask gives each process one thread for arithmetic, unless it is told here.
                "distributed.nanny.pre-spawn-environ": dict.fromkeys(variables, threads) | kept,
            }
        )
        # It tells of every connection and, when stopped, of every process that it ends.
        logging.getLogger("distributed").setLevel(logging.ERROR)
        self._cluster = LocalCluster(
            n_workers=slots, threads_per_worker=1, processes=True, memory_limit=0,
            host="127.0.0.1", silence_logs=logging.ERROR,
            # No dashboard; two workers on one machine would quarrel over its port.
            dashboard_address=None, scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        )  # fmt: skip
        self._client = Client(self._cluster)

    def submit(self, task: Task, batch: str, ids: list[int]) -> _Running:
        return _Running(self._client.submit(task, batch, ids, key=batch, pure=False))

    def close(self) -> None:
        self._client.close()
        self._cluster.close()
