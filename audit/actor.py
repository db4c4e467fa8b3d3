"""Who acts: whoever is signed in while a request is answered, else whoever runs the command."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

from django.http import HttpRequest
from django.http.response import HttpResponseBase

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_LENGTH = 200


class ActorMiddleware:
    """Remembers the request; who it is from is found out only where somebody asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def actor() -> str:
    """The account's name; "a participant" without one; of a command the system's user and it."""
    request = _request.get()
    if request is None:
        return f"{_system_user()} ({_program()})"[:_LENGTH]
    user = getattr(request, "user", None)
    return user.get_username() if user is not None and user.is_authenticated else "a participant"


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return f"user {os.getuid()}"


def _program() -> str:
    program = Path(sys.argv[0]).name
    return f"{program} {sys.argv[1]}" if program == "manage.py" and sys.argv[1:] else program
