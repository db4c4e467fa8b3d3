"""The settings of the tests: as in production, with files in a folder of their own."""

import tempfile
from pathlib import Path

from texturestudy.settings import *  # noqa: F403

MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="texturestudy-tests-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECRET_KEY = "for the tests only"
