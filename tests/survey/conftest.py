import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """A page leaves its language behind in the thread; the next test begins without it."""
    with translation.override("en"):
        yield
