"""Machines: processes with a data folder of their own, which share a database and a storage."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from django.db import connection

ROOT = Path(__file__).parents[2]
PASSWORD = "of the test"
needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="needs PostgreSQL: TEXTURESTUDY_DATABASE_URL"
)


def database_url(port: int | None = None) -> str:
    """Of the test's database; behind another port, if one is given."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    user = ":".join(filter(None, (facts["USER"], facts["PASSWORD"])))
    return f"postgres://{user}@{facts['HOST']}:{port or facts['PORT'] or 5432}/{facts['NAME']}"


def until(found: Callable[[], Any], seconds: float = 120) -> Any:
    """What `found` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {found}")


def cut_connections() -> int:
    """Of all others to the test's database; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


class Host:
    """A machine with nothing but its data folder, a database and a storage."""

    def __init__(self, folder: Path, **variables: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.log = folder, folder.with_suffix(".log")
        others = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")}
        self.env = others | {
            "TEXTURESTUDY_DATA_DIR": str(folder), "TEXTURESTUDY_DATABASE_URL": database_url(),
            "OMP_NUM_THREADS": "1", "DJANGO_SETTINGS_MODULE": "texturestudy.settings", **variables,
        }  # fmt: skip
        self._roots: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        return self._start([sys.executable, "manage.py", *command])

    def start_code(self, code: str) -> subprocess.Popen[bytes]:
        return self._start([sys.executable, "-c", code])

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._roots.append(process)
        return process

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def images(self) -> list[Path]:
        """Whatever looks like a stored image below its folder."""
        kinds = (".png", ".jpg", ".webp", ".npz")
        return [path for path in self.folder.rglob("*") if path.suffix in kinds]

    def end(self) -> None:
        for root in self._roots:
            if root.poll() is None:
                for each in (*psutil.Process(root.pid).children(recursive=True), root):
                    each.kill()
            root.wait()


class Visitor:
    """A browser that signs in at the admin."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()

    def sign_in(self, name: str) -> None:
        page = "/admin/login/?next=/admin/"
        answer = self.post(page, {"username": name, "password": PASSWORD})
        assert answer.url == f"{self.url}/admin/", answer.text

    def post(self, path: str, form: dict[str, Any], **files: Any) -> requests.Response:
        self.session.get(self.url + path, timeout=60)
        form = form | {"csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        return self.session.post(self.url + path, form, files=files or None, timeout=60)

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)
