"""A data folder in which nothing was made yet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["words", "serve", "worker", "doctor"])
def test_commands_say_that_the_database_is_to_be_migrated(command, tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEXTURESTUDY_", "DJANGO_"))}
    tried = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT, env=kept | {"TEXTURESTUDY_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert tried.returncode == 1
    assert "migrations are not applied: run manage.py migrate" in tried.stdout + tried.stderr
    assert "Traceback" not in tried.stderr
