"""What holds for every test."""

from hypothesis import settings

# Tests assert no time: a busy machine is not a bug.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
