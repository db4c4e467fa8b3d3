"""The settings of a process that does the work of the sleepers."""

from texturestudy.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.jobs.sleepers"]  # noqa: F405
