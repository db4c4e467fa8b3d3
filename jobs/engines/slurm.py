"""Runs batches in jobs of a SLURM cluster, which come to a scheduler in this process."""

from __future__ import annotations

import getpass
import logging
import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from django.conf import settings

from jobs.engines.base import EngineError
from jobs.engines.cluster import RESOURCE, distributed, environment, set_up
from jobs.engines.remote import RemoteEngine
from jobs.engines.slurm_job import NAME, job_arguments

try:
    import cryptography  # noqa: F401  of which dask-jobqueue says nothing
    from dask_jobqueue.slurm import SLURMCluster, SLURMJob
except ImportError as error:
    raise ImportError(
        "the engine slurm needs dask-jobqueue: pip install 'texturestudy[slurm]', or set "
        "TEXTURESTUDY_ENGINE=local"
    ) from error

_COMMANDS = ("sbatch", "squeue", "scancel")
_SUBMIT_S = 60.0
_KEEP_UP_S = 15.0  # seconds between two looks at the jobs
_PAUSE_S, _LONGEST_PAUSE_S = 15.0, 900.0  # before a job follows one that came to nothing

logger = logging.getLogger(__name__)


class Engine(RemoteEngine):
    """A job for each slot, by default one; a job that ended is followed by another."""

    def __init__(self, slots: int | None = None) -> None:
        super().__init__(slots or 1)
        self._jobs = slots or 1
        _find_commands()
        self._keys = _folder_of_keys()
        self._cluster = _make_cluster(self._keys.name)
        self._arrived: set[str] = set()  # jobs whose Dask worker came
        self._fruitless, self._kept_up_at, self._not_before = 0, 0.0, 0.0
        self._client = distributed.Client(self._cluster, set_as_default=False)
        try:
            self._submit_first()
        except Exception:
            self.close()
            raise

    @classmethod
    def examine(cls) -> str:
        _find_commands()
        lines = cls.script().splitlines()
        return " ".join(line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SB"))

    @classmethod
    def script(cls) -> str:
        """The script of a job as it would be submitted, but for the addresses of this moment."""
        set_up()
        with _folder_of_keys() as keys, _make_cluster(keys) as cluster:
            return str(cluster.job_script())

    def has_room(self, running: int) -> bool:
        if time.monotonic() - self._kept_up_at >= _KEEP_UP_S:
            self._kept_up_at = time.monotonic()
            self._keep_up()
        return super().has_room(running)

    def close(self) -> None:
        self._client.close()
        self._cluster.close()
        self._keys.cleanup()

    def _nobody(self, others: int) -> str:
        return f"Waiting for SLURM to start one of {self._jobs} jobs: squeue --name {NAME}"

    def _submit_first(self) -> None:
        """Raises EngineError where SLURM takes none of the jobs."""
        self._cluster.scale(jobs=self._jobs)
        deadline = time.monotonic() + _SUBMIT_S
        while len(jobs := dict(self._cluster.workers)) < self._jobs:
            if time.monotonic() > deadline:
                raise EngineError(f"expected sbatch to take a job within {_SUBMIT_S:g} s")
            time.sleep(0.05)
        failures = [job.failure for job in jobs.values() if job.failure]
        if len(failures) == self._jobs:
            raise EngineError(f"expected sbatch to take the job: {failures[0]}")

    def _keep_up(self) -> None:
        """Have as many jobs as there are slots: SLURM says which there are."""
        try:
            queued = _queued()
        except (OSError, subprocess.SubprocessError) as error:
            told = getattr(error, "stderr", None) or error
            logger.warning("SLURM does not say which jobs there are: %s", told)
            return
        self._cluster.sync(self._forget, queued)
        if time.monotonic() >= self._not_before:
            self._cluster.scale(jobs=self._jobs)

    async def _forget(self, queued: set[str]) -> None:
        """Drop the jobs that ended; submitting waits ever longer while jobs come to nothing."""
        here = {worker.name for worker in self._cluster.scheduler.workers.values()}
        for name, job in list(self._cluster.workers.items()):
            if name in here:
                if job.job_id not in self._arrived:
                    self._arrived.add(job.job_id)
                    self._fruitless = 0
            elif job.job_id not in queued:
                del self._cluster.workers[name]
                if job.job_id not in self._arrived:
                    self._pause(job)

    def _pause(self, job: Any) -> None:
        pause = min(_LONGEST_PAUSE_S, _PAUSE_S * 2**self._fruitless)
        self._fruitless += 1
        self._not_before = time.monotonic() + pause
        log = Path(settings.JOBS_SLURM["folder"]) / f"{NAME}-{job.job_id}.err"
        ended = f"job {job.job_id} ended before its Dask worker came, see {log}"
        logger.warning("SLURM: %s; the next in %g s", job.failure or ended, pause)


class _Job(SLURMJob):
    """A job that keeps why it was not submitted, and is closed when it was."""

    failure = ""

    async def start(self) -> None:
        try:
            await super().start()
        except (RuntimeError, ValueError, OSError) as error:
            self.failure = _reason(error)
            self.status = distributed.Status.running  # as if; it is looked at later

    async def close(self) -> None:
        await super().close()
        self.status = distributed.Status.closed


def _find_commands() -> None:
    for command in _COMMANDS:
        if not shutil.which(command):
            raise EngineError(f"expected SLURM's commands on the PATH, there is no {command}")


def _reason(error: Exception) -> str:
    """What sbatch said, without what dask-jobqueue wraps it in."""
    return str(error).partition("stderr:\n")[2].strip() or str(error)


def _make_cluster(keys: str) -> Any:
    """A scheduler for jobs to come, whose keys are put into the folder `keys`."""
    given, job_class = settings.JOBS_SLURM, cast(Any, _Job)
    variables = {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
    arguments = job_arguments(
        given, resource=RESOURCE, variables=variables | environment(given["cores"]),
        root=settings.BASE_DIR,
    )  # fmt: skip
    try:
        return SLURMCluster(
            job_cls=job_class, security=_security(Path(keys)), silence_logs=False,
            scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            **arguments,
        )  # fmt: skip
    except (OSError, RuntimeError, ValueError) as error:
        hint = "check TEXTURESTUDY_SLURM_INTERFACE"
        raise EngineError(f"no scheduler for SLURM's jobs: {error}; {hint}") from error


def _folder_of_keys() -> TemporaryDirectory[str]:
    """Of one run, for nobody else, where the jobs can read it."""
    folder = Path(settings.JOBS_SLURM["folder"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix="keys-", dir=folder)
    except OSError as error:
        raise EngineError(f"{error}: check TEXTURESTUDY_SLURM_FOLDER") from error


def _security(folder: Path) -> Any:
    """A certificate made for this run: whoever has it may send work, and nobody else."""
    made, files = distributed.Security.temporary(), {}
    for name in ("ca_file", "client_cert", "client_key"):
        files[name] = folder / f"{name}.pem"
        files[name].touch(mode=0o600)
        files[name].write_text(getattr(made, f"tls_{name}"))
    roles = ("scheduler", "worker", "client")
    certificates = {f"tls_{role}_cert": str(files["client_cert"]) for role in roles}
    keys = {f"tls_{role}_key": str(files["client_key"]) for role in roles}
    return distributed.Security(
        tls_ca_file=str(files["ca_file"]), require_encryption=True, **certificates, **keys
    )


def _queued() -> set[str]:
    """The numbers of this user's jobs that wait or run."""
    command = ["squeue", "--noheader", "--format=%A", f"--user={getpass.getuser()}"]
    said = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, timeout=_SUBMIT_S, check=True
    )
    return set(said.stdout.split())
