"""Runs batches on the workers of a Dask scheduler that is there already."""

from __future__ import annotations

import logging
import platform
import time

from django.conf import settings

from jobs.engines.addresses import Scheduler, find_scheduler
from jobs.engines.base import EngineError
from jobs.engines.cluster import distributed
from jobs.engines.remote import RemoteEngine

_CONNECT_S = 10.0
_AGAIN_S = 5.0

logger = logging.getLogger(__name__)


class Engine(RemoteEngine):
    """A lost connection is made anew; until then nothing is claimed."""

    def __init__(self, slots: int | None = None) -> None:
        super().__init__(slots)
        self._scheduler = find_scheduler(
            settings.JOBS_DASK, private_network=settings.JOBS_DASK_PRIVATE_NETWORK
        )
        self._client = _connect(self._scheduler)
        self._was_connected, self._tried_at = True, 0.0
        try:
            self._compare()
            self._free = self._look()
            self._refuse_unlike()
        except Exception:
            self._client.close()
            raise

    @classmethod
    def examine(cls) -> str:
        engine = cls()
        engine.close()
        return f"{engine.slots} Dask workers at {engine._scheduler.address}"

    def _is_connected(self) -> bool:
        if self._client.status == "closed":
            self._try_again()
        connected = super()._is_connected()
        if connected != self._was_connected:
            told = "is back" if connected else "is away: what runs there goes on, as far as it can"
            logger.warning("The Dask scheduler at %s %s", self._scheduler.address, told)
            self._was_connected = connected
            self._wrong.clear()  # whoever is there now is looked at anew
        return connected

    def _compare(self) -> None:
        """Raises EngineError where the scheduler has other versions than this process."""
        theirs = self._ask("versions", packages=[])
        expected = f"Python {_minor(platform.python_version())} with distributed "
        expected += distributed.__version__
        found = f"Python {_minor(theirs['host']['python'])} with distributed "
        found += theirs["packages"]["distributed"]
        if found != expected:
            raise EngineError(
                f"expected {expected} at {self._scheduler.address}, as here, got {found}"
            )

    def _try_again(self) -> None:
        if time.monotonic() - self._tried_at < _AGAIN_S:
            return
        try:
            self._client = _connect(self._scheduler)
        except EngineError:
            self._tried_at = time.monotonic()

    def close(self) -> None:
        self._client.close()


def _connect(scheduler: Scheduler) -> distributed.Client:
    security = None
    if scheduler.files:
        security = distributed.Security(
            tls_ca_file=scheduler.files["tls_ca"], tls_client_cert=scheduler.files["tls_cert"],
            tls_client_key=scheduler.files["tls_key"], require_encryption=True,
        )  # fmt: skip
    try:
        return distributed.Client(
            scheduler.address, security=security, timeout=_CONNECT_S, set_as_default=False,
            name="texturestudy",
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise EngineError(
            f"expected a Dask scheduler at {scheduler.address}, none answered in {_CONNECT_S:g} s: "
            f"{error}"
        ) from error


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
