"""Processes of an installation on this machine: started, looked at, killed, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import distributed
import psutil
from django.db import connection

ROOT = Path(__file__).parents[2]
WAIT_S = 60


def database_url() -> str:
    """The address of the test's database, for other processes."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    user = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgres://{user}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables of a process with the test's database, and `folder` for its data."""
    others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
    return others | {
        "TEXTURESTUDY_DATA_DIR": str(folder), "TEXTURESTUDY_DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.jobs.sleepers.settings", "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
    } | more  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def registered(*dask_workers: Process) -> None:
    """Wait until the scheduler has them."""
    for each in dask_workers:
        until(lambda each=each: "Registered to:" in each.said)


def until(true: Callable[[], object], seconds: float = WAIT_S) -> None:
    """Wait for it; fails when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


class Process:
    """One that was started, with all that it starts; what it says is in a file."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as file:
            self.popen = subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._seen: dict[int, psutil.Process] = {}

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def code(self) -> int | None:
        return self.popen.poll()

    def children(self) -> list[psutil.Process]:
        """What it started and is alive, and what that started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.popen.pid).children(recursive=True):
                self._seen[each.pid] = each
        return [each for each in self._seen.values() if is_alive(each)]

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        self.children()
        self.popen.send_signal(by)

    def wait(self) -> int:
        return self.popen.wait(WAIT_S)

    def end(self) -> None:
        """By force, with all that it started."""
        for each in self.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.popen.kill()
        self.popen.wait()


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Site:
    """An installation whose processes have this test's database and a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = environment(folder)
        self.started: list[Process] = []
        self.scheme, self.port = "tcp", free_port()

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self, *arguments: str, **env: str) -> Process:
        """Python with these arguments."""
        return self.run([sys.executable, *arguments], **env)

    def run(self, command: list[str], **env: str) -> Process:
        log = self.folder / f"{len(self.started)}.log"
        self.started.append(Process(command, self.env | env, log))
        return self.started[-1]

    def worker(self, *arguments: str, **env: str) -> Process:
        """The command worker, of the scheduler at this site's port."""
        known = {"TEXTURESTUDY_DASK_SCHEDULER": self.address}
        return self.start("manage.py", "worker", *arguments, **known | env)

    def certificates(self) -> dict[str, str]:
        """Settings with the files of an authority, a certificate and its key, all made anew."""
        self.scheme, made = "tls", distributed.Security.temporary()
        texts = {"CA": made.tls_ca_file, "CERT": made.tls_client_cert, "KEY": made.tls_client_key}
        found = {}
        for name, text in texts.items():
            path = self.folder / f"{name.lower()}.pem"
            path.write_text(text)
            found[f"TEXTURESTUDY_DASK_TLS_{name}"] = str(path)
        return found

    def scheduler(self, *arguments: str, **env: str) -> Process:
        given = ("--host", f"{self.scheme}://127.0.0.1", "--port", str(self.port), *arguments)
        env = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"} | env
        started = self.start("-m", "dask", "scheduler", "--no-dashboard", *given, **env)
        until(lambda: "Scheduler at:" in started.said)
        return started

    def dask_worker(self, *arguments: str, **env: str) -> Process:
        given = ("--nthreads", "1", "--memory-limit", "0", "--no-dashboard")
        if "--resources" not in arguments:
            given += ("--resources", "texturestudy=1")
        return self.start("-m", "dask", "worker", self.address, *given, *arguments, **env)

    def end(self) -> None:
        for process in reversed(self.started):
            process.end()


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    made = Site(folder)
    try:
        yield made
    finally:
        made.end()
