"""What the pages of the questionnaire share: who is there, in which language, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from survey.cookies import find_participant
from survey.models import Participant, Study

Page = Callable[[HttpRequest, Participant], HttpResponse]
methods = require_http_methods(["GET", "HEAD", "POST"])


def page_of(*stages: str) -> Callable[[Page], Callable[..., HttpResponse]]:
    """A page for participants at these stages; others are sent to where they belong."""

    def decorate(view: Page) -> Callable[..., HttpResponse]:
        @never_cache
        @methods
        @wraps(view)
        def inner(request: HttpRequest, slug: str) -> HttpResponse:
            participant = find_participant(request, slug)
            if participant is None:
                return redirect("survey:landing", slug)
            speak(languages_of(participant))
            if refusal := refused(request, participant):
                return refusal
            if participant.stage not in stages:
                return send_on(participant)
            return view(request, participant)

        return inner

    return decorate


def refused(request: HttpRequest, participant: Participant) -> HttpResponse | None:
    """Why this participant cannot go on, as a page; None where they can."""
    if participant.finished_at:
        return None
    now = timezone.now()
    if not participant.may_answer(now):
        return closed(request, participant.study)
    if participant.left_at or participant.returning(now) != Study.Returning.RESUME:
        return redirect("survey:landing", participant.study.slug)
    return None


def send_on(participant: Participant) -> HttpResponse:
    return redirect(f"survey:{participant.stage}", participant.study.slug)


def languages_of(participant: Participant) -> list[str]:
    """Up to the consent anyone of the study; from there the one that it was read in."""
    return [participant.language] if participant.consented_at else participant.study.languages


def speak(languages: Sequence[str]) -> None:
    """Show the page in one of these languages: the reader's if it is there, else the first."""
    if translation.get_language() not in languages:
        translation.activate(languages[0])


def closed(request: HttpRequest, study: Study) -> HttpResponse:
    if study.is_early(timezone.now()) and study.status == Study.Status.LIVE:
        return message(
            request, study, 403, _("This study has not opened yet."), note=opening(study)
        )
    return message(request, study, 403, closed_text())


def closed_text() -> str:
    return _("This study is closed. Thank you for your interest.")


def opening(study: Study) -> str:
    if study.opens_at is None:
        return ""
    opens = timezone.localtime(study.opens_at).strftime("%Y-%m-%d %H:%M %Z")
    return _("It opens on %(opens)s.") % {"opens": opens}


def full_text() -> str:
    return _("All places of this study are taken. Thank you for your interest.")


def damaged_text() -> str:
    return _("What arrived was damaged, so nothing was stored. Your earlier answers are kept.")


def message(  # noqa: PLR0913
    request: HttpRequest, study: Study, status: int, text: str, *, note: str = "", retry: str = ""
) -> HttpResponse:
    context = {"study": study, "text": text, "note": note, "retry": retry}
    return render(request, "survey/message.html", context, status=status)
