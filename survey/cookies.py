"""The cookie that knows a participant: one per study, signed, unreadable for scripts."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from survey.models import Participant, Study

_SALT = "survey.participant"
# The receipt can be seen again for so long; how long one may go on is the study's decision.
_MAX_AGE_S = 14 * 24 * 3600


def _name(slug: str) -> str:
    return f"participant-{slug}"


def _path(slug: str) -> str:
    return reverse("survey:landing", args=[slug])


def remember(response: HttpResponse, participant: Participant) -> None:
    slug = participant.study.slug
    response.set_signed_cookie(
        _name(slug),
        participant.token.hex,
        salt=_SALT,
        max_age=max(_MAX_AGE_S, participant.study.resume_hours * 3600),
        path=_path(slug),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, study: Study) -> None:
    response.delete_cookie(_name(study.slug), path=_path(study.slug), samesite="Lax")


def participant_token(request: HttpRequest, slug: str) -> UUID | None:
    """The token in the cookie; None without a cookie, or with a bad one."""
    value = request.get_signed_cookie(_name(slug), None, salt=_SALT)
    return None if value is None else UUID(hex=value)


def find_participant(request: HttpRequest, slug: str) -> Participant | None:
    """Whose cookie this is, with the study at hand; None for nobody."""
    token = participant_token(request, slug)
    if token is None:
        return None
    people = Participant.objects.select_related("study")
    return people.filter(token=token, study__slug=slug).first()
