"""The way in: whoever comes, by whatever link, and starts or goes on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from survey.cookies import find_participant, remember
from survey.errors import EnrolError, InvitationError, StudyFullError
from survey.forms import StartForm, new_ticket
from survey.models import Participant, Study
from survey.models.study import in_language
from survey.services.access import may_see
from survey.services.attribution import credits_of
from survey.services.enrol import Recruited, enrol, find_recruited
from survey.services.invitations import Invitation, read_invitation
from survey.services.places import has_place, rejoin
from survey.services.sizing import minutes_of
from survey.views.common import (
    closed,
    full_text,
    languages_of,
    message,
    methods,
    send_on,
    speak,
)

logger = logging.getLogger(__name__)
_LONGEST_PARAMETER = 100


@dataclass(frozen=True, kw_only=True)
class _Visitor:
    """Who opened the landing page: by which link, and as whom we know them."""

    study: Study
    text: str
    invitation: Invitation | None
    recruited: Recruited
    known: Participant | None

    @property
    def origin(self) -> Participant.Origin:
        if self.invitation:
            return self.invitation.origin
        is_draft = self.study.status == Study.Status.DRAFT
        return Participant.Origin.PREVIEW if is_draft else Participant.Origin.LIVE

    @property
    def is_newcomer(self) -> bool:
        return self.known is None and self.origin == Participant.Origin.LIVE

    @property
    def hidden(self) -> dict[str, str]:
        """What the link said, for the form: a GET stores nothing."""
        given = dict(self.recruited.parameters)
        if self.recruited.person:
            given[self.study.recruiter_parameters[0]] = self.recruited.person
        return {"as": self.text, **given} if self.text else given

    def returning(self) -> str:
        """What the page offers them: "", "done", or what the study's policy says."""
        if self.known is None:
            return ""
        return "done" if self.known.finished_at else self.known.returning(timezone.now())


@never_cache
@methods
def landing(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    speak(study.languages)
    given = request.POST if request.method == "POST" else request.GET
    try:
        visitor = _visitor(request, study, given)
    except InvitationError:
        return message(request, study, 403, _("This invitation link is not valid."))
    if study.status == Study.Status.DRAFT and not (
        visitor.invitation or may_see(request.user, slug)
    ):
        raise Http404(slug)
    if visitor.returning() != "done" and not _is_open(visitor):
        return closed(request, study)
    if request.method == "POST":
        return _start(request, visitor)
    if visitor.is_newcomer and not has_place(study):
        return message(request, study, 403, full_text())
    return _landing_page(request, visitor)


def _visitor(request: HttpRequest, study: Study, given: QueryDict) -> _Visitor:
    text = given.get("as", "")
    invitation = read_invitation(study=study, text=text) if text else None
    recruited = Recruited() if invitation else _recruited(study, given)
    known = None
    if not invitation:
        # The recruiter's id says more than a cookie, which may be of another person.
        known = find_recruited(study, recruited.person)
        if known is None:
            known = find_participant(request, study.slug)
            if known and recruited.person and known.recruiter_id != recruited.person:
                known = None
    return _Visitor(study=study, text=text, invitation=invitation, recruited=recruited, known=known)


def _recruited(study: Study, given: QueryDict) -> Recruited:
    if not study.recruiter_parameters:
        return Recruited()
    first, *others = study.recruiter_parameters
    found = {name: text for name in others if (text := _text(given, name))}
    return Recruited(person=_text(given, first), parameters=found)


def _text(given: QueryDict, name: str) -> str:
    return str(given.get(name, "")).strip()[:_LONGEST_PARAMETER]


def _is_open(visitor: _Visitor) -> bool:
    now = timezone.now()
    if visitor.origin == Participant.Origin.LIVE:
        return visitor.study.accepts(now)
    return not visitor.study.is_over(now)


def _landing_page(request: HttpRequest, visitor: _Visitor, status: int = 200) -> HttpResponse:
    study = visitor.study
    questions = study.questions_per_person()
    context = {
        "study": study,
        "introduction": in_language(study.introduction),
        "questions": questions,
        "minutes": minutes_of(questions),
        "hidden": visitor.hidden,
        "known": visitor.known,
        "returning": visitor.returning(),
        "ticket": new_ticket(),
        "switch_language": len(study.languages) > 1,
    }
    return render(request, "survey/landing.html", context, status=status)


def _start(request: HttpRequest, visitor: _Visitor) -> HttpResponse:
    study = visitor.study
    form = StartForm(request.POST)
    if not form.is_valid():
        return _landing_page(request, visitor, status=400)
    returning = visitor.returning()
    anew = form.cleaned_data["anew"] and not visitor.recruited.person
    if returning == Study.Returning.BLOCK and not anew:
        text = _("You have begun this questionnaire before. It can be taken only once.")
        return message(request, study, 403, text)
    try:
        if visitor.known and not anew and returning in ("done", Study.Returning.RESUME):
            participant = visitor.known
            rejoin(participant)
        else:
            participant = _enrol(visitor, form.cleaned_data["ticket"])
    except StudyFullError:
        return message(request, study, 403, full_text())
    except EnrolError:
        logger.exception("nobody can start study %s", study.slug)
        return message(request, study, 503, _("This questionnaire is not ready yet."))
    response = send_on(participant)
    remember(response, participant)
    return response


def _enrol(visitor: _Visitor, token: UUID) -> Participant:
    invitation = visitor.invitation
    return enrol(
        study=visitor.study,
        language=translation.get_language() or visitor.study.languages[0],
        origin=visitor.origin,
        label=invitation.label if invitation else "",
        token=None if invitation else token,
        recruited=visitor.recruited,
        instead_of=visitor.known,
    )


@never_cache
@require_safe
def credits(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose pictures the study uses; stays when it is closed."""
    study = get_object_or_404(Study, slug=slug)
    known = find_participant(request, slug)
    speak(languages_of(known) if known else study.languages)
    text = request.GET.get("as", "")
    if study.status == Study.Status.DRAFT and not (
        known or may_see(request.user, slug) or _is_invited(study, text)
    ):
        raise Http404(slug)
    listed, found = credits_of(study=study)
    context = {
        "study": study,
        "credits": listed,
        "photographs": found.photographs,
        "imported": found.imported,
        "keep": f"?{urlencode({'as': text})}" if text else "",
        "switch_language": not (known and known.consented_at) and len(study.languages) > 1,
    }
    return render(request, "survey/credits.html", context)


def _is_invited(study: Study, text: str) -> bool:
    try:
        return bool(text and read_invitation(study=study, text=text))
    except InvitationError:
        return False
