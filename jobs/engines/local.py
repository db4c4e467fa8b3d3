"""Runs batches in processes of this machine that Dask supervises: a killed one is started anew."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from jobs.engines.cluster import RESOURCE, ClusterEngine, distributed, set_up
from jobs.engines.gpus import seen, share_out

_HERE = "127.0.0.1"


class Engine(ClusterEngine):
    """A process for each slot; by default one for each GPU, or one."""

    def __init__(self, slots: int | None = None) -> None:
        gpus = seen(settings.NST_DEVICE)
        self.slots = slots or len(gpus) or 1
        set_up(threads=max(1, (os.cpu_count() or 1) // self.slots))
        self._cluster = distributed.SpecCluster(
            # No dashboard; two workers on one machine would quarrel over its port.
            scheduler={
                "cls": distributed.Scheduler,
                "options": {"host": _HERE, "dashboard": False, "dashboard_address": f"{_HERE}:0"},
            },
            workers=processes(self.slots, gpus),
        )
        self._client = distributed.Client(self._cluster)

    @classmethod
    def examine(cls) -> str:
        gpus = seen(settings.NST_DEVICE)
        return f"a process for each of {len(gpus)} GPUs" if len(gpus) > 1 else "one process"

    def has_room(self, running: int) -> bool:
        return running < self.slots

    def close(self) -> None:
        self._client.close()
        self._cluster.close()


def processes(slots: int, gpus: Sequence[str]) -> dict[int, dict[str, Any]]:
    """What is started, by place; whatever is started there anew gets the same."""
    return {
        place: {
            "cls": distributed.Nanny,
            "options": {
                "nthreads": 1, "memory_limit": 0, "host": _HERE, "dashboard": False,
                "dashboard_address": None, "resources": {RESOURCE: 1}, "env": own,
            },
        }
        for place, own in enumerate(share_out(gpus, slots))
    }  # fmt: skip
