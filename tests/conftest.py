"""What holds for every test."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

# Tests assert no time: a busy machine is not a bug.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _language_of_its_own() -> Iterator[None]:
    """A request's language outlasts it in its thread; the next test begins without one."""
    yield
    translation.deactivate()
