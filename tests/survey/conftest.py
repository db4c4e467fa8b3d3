import pytest
from django.test import override_settings
from django.utils import translation


@pytest.fixture(scope="session", autouse=True)
def static_root(tmp_path_factory):
    """WhiteNoise warns where the folder for collected files is missing."""
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(autouse=True)
def english():
    """A page leaves its language behind in the thread; the next test begins without it."""
    with translation.override("en"):
        yield
