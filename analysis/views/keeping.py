"""The filters of an address, for the forms of a page itself."""

from __future__ import annotations

from django.http import HttpRequest

from analysis.filters import NAMES


def pairs_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of every filter that says something, which a form hands on."""
    return [(name, value) for name in NAMES for value in request.GET.getlist(name) if value]
