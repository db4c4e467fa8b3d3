"""The cookie that knows a participant: one per study, signed, unreadable for scripts."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from survey.models import Participant

_SALT = "survey.participant"
_MAX_AGE_S = 14 * 24 * 3600


def _name(slug: str) -> str:
    return f"participant-{slug}"


def remember(response: HttpResponse, participant: Participant) -> None:
    slug = participant.study.slug
    response.set_signed_cookie(
        _name(slug),
        participant.token.hex,
        salt=_SALT,
        max_age=_MAX_AGE_S,
        path=reverse("survey:landing", args=[slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def find_participant(request: HttpRequest, slug: str) -> Participant | None:
    """Whose cookie this is, with the study at hand; None without a cookie, or with a bad one."""
    value = request.get_signed_cookie(_name(slug), None, salt=_SALT, max_age=_MAX_AGE_S)
    if value is None:
        return None
    people = Participant.objects.select_related("study")
    return people.filter(token=UUID(hex=value), study__slug=slug).first()
