"""The settings of the tests: as in production, with files in a folder of their own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TEXTURESTUDY_DATA_DIR", tempfile.mkdtemp(prefix="texturestudy-tests-"))

from texturestudy.settings import *  # noqa: F403

MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="texturestudy-media-"))
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # In a file, as in production: each thread of a server has a connection of its own to it.
    _folder = Path(tempfile.mkdtemp(prefix="texturestudy-db-"))
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "db.sqlite3")}  # noqa: F405
    # A test's database need not outlive a power cut.
    _quick = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    DATABASES["default"]["OPTIONS"]["init_command"] = _quick  # noqa: F405
# Threads of a test end, and with them nothing closes what they would keep.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
