"""Who may see and do what on the pages that are not Django's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def allowed(permission: str) -> Callable[[View], View]:
    """Refuses who lacks this permission on a model of the generator, such as add_contentimage."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(f"generation.{permission}"):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate
