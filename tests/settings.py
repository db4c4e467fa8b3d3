"""The settings of the tests: as in production, with files in a folder of their own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TEXTURESTUDY_DATA_DIR", tempfile.mkdtemp(prefix="texturestudy-tests-"))

from texturestudy.settings import *  # noqa: F403

MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="texturestudy-media-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
