"""Who an entry says it was."""

import sys

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpResponse

from audit import actor as actors
from audit.actor import ActorMiddleware, actor


def during(rf, user) -> str:
    told = []

    def answer(request):
        told.append(actor())
        return HttpResponse()

    request = rf.get("/")
    if user is not None:
        request.user = user
    ActorMiddleware(answer)(request)
    return told[0]


def test_whoever_is_signed_in(rf):
    assert during(rf, User(username="hanako")) == "hanako"


@pytest.mark.parametrize("user", [AnonymousUser(), None])
def test_somebody_without_an_account(rf, user):
    assert during(rf, user) == "a participant"


def test_whoever_runs_a_command(rf, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/srv/manage.py", "purge", "--dry-run"])
    monkeypatch.setattr(actors.getpass, "getuser", lambda: "taro")
    during(rf, User(username="hanako"))  # a request that is over is nobody's any more
    assert actor() == "taro (manage.py purge)"


def test_a_request_that_fails_is_over_as_well(rf):
    def fail(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ActorMiddleware(fail)(rf.get("/"))
    assert "(" in actor()


def test_a_user_without_a_name(monkeypatch):
    def unknown():
        raise KeyError

    monkeypatch.setattr(actors.getpass, "getuser", unknown)
    assert actor().startswith("user ")
