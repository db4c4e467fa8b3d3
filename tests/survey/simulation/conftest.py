import pytest
from django.core.servers.basehttp import WSGIRequestHandler

from survey.simulation import simulate
from tests.survey.studies import make_study


@pytest.fixture(autouse=True)
def _prompt(monkeypatch):
    """This server sends a head and a body apart, and the second waits 40 ms for the first."""
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)


@pytest.fixture
def study(live_server):
    """Four questions."""
    return make_study(contents=1)


@pytest.fixture
def run(live_server):
    """Three people, none of whom is clumsy, on a site of its own."""

    def run(study, **given):
        usual = {"url": live_server.url, "participants": 3, "seed": 1, "skills": {}, "clumsy": 0}
        return simulate(study=study, **usual | given)

    return run
