"""The signed links by which bots and pilots come."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing

from survey.errors import InvitationError
from survey.models import Participant, Study

_SALT = "survey.invitation"
_INVITED = (Participant.Origin.BOT, Participant.Origin.PILOT)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Who comes by a signed link: a bot or a pilot with a name of their own."""

    origin: Participant.Origin
    label: str


def invite(*, study: Study, origin: Participant.Origin, label: str) -> str:
    """The signed text for a landing page's `as`; nobody else can make one."""
    if origin not in _INVITED or not 1 <= len(label) <= 60:
        raise InvitationError(
            f"expected origin bot or pilot and a label of 1 to 60 characters, "
            f"got {origin!r} and {label!r}"
        )
    return signing.dumps([study.slug, str(origin), label], salt=_SALT, compress=True)


def read_invitation(*, study: Study, text: str) -> Invitation:
    """What `invite` signed for this study; anything else is an InvitationError."""
    try:
        slug, origin, label = signing.loads(text, salt=_SALT)
    except signing.BadSignature as error:
        raise InvitationError(f"not a signed invitation: {text[:80]!r}") from error
    if slug != study.slug:
        raise InvitationError(f"an invitation to study {slug!r}, not to {study.slug!r}")
    return Invitation(origin=Participant.Origin(origin), label=label)
