"""What goes wrong on any page, told as a page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from storage import StorageError

logger = logging.getLogger(__name__)
_RETRY_S = 10


class StorageTroubleMiddleware:
    """A page that needs a file, or stores one, while the storage does not do its work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, StorageError):
            return None
        logger.error("%s %s: %s", request.method, request.path, error)
        response = render(request, "storage_trouble.html", status=503)
        response["Retry-After"] = str(_RETRY_S)
        response["Cache-Control"] = "no-store"
        return response
