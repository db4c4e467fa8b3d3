"""The pages of the questionnaire: a GET shows, a POST stores and sends on."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from survey.cookies import find_participant, remember
from survey.design import grid_shape
from survey.errors import AnswerError, EnrolError, InvitationError, NoChoiceError, NotYourTrialError
from survey.forms import AnswerForm, PracticeForm, StartForm, new_ticket
from survey.models import Option, Participant, Study
from survey.services import prepare
from survey.services.answer import answer
from survey.services.attribution import credits_of
from survey.services.enrol import Invitation, enrol, read_invitation
from survey.services.present import present

logger = logging.getLogger(__name__)
_Page = Callable[[HttpRequest, Participant], HttpResponse]
_SECONDS_PER_QUESTION = 6
_methods = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_methods
def landing(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    _speak(study.languages)
    text = request.POST.get("as") or request.GET.get("as", "")
    try:
        invitation = read_invitation(study=study, text=text) if text else None
    except InvitationError:
        return _message(request, study, 403, _("This invitation link is not valid."))
    if study.status == Study.Status.CLOSED:
        return _closed(request, study)
    if study.status == Study.Status.DRAFT and not (invitation or request.user.is_staff):
        raise Http404(slug)
    known = find_participant(request, slug)
    if request.method == "POST":
        return _start(request, study, invitation, known)
    return _landing_page(request, study, text, known)


@never_cache
@require_safe
def credits(request: HttpRequest, slug: str) -> HttpResponse:
    """Whose pictures the study uses; stays when it is closed."""
    study = get_object_or_404(Study, slug=slug)
    known = find_participant(request, slug)
    _speak(_languages_of(known) if known else study.languages)
    text = request.GET.get("as", "")
    if study.status == Study.Status.DRAFT and not (
        known or request.user.is_staff or _is_invited(study, text)
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


def _landing_page(
    request: HttpRequest, study: Study, text: str, known: Participant | None, status: int = 200
) -> HttpResponse:
    questions = study.questions_per_person()
    context = {
        "study": study,
        "questions": questions,
        "minutes": 1 + math.ceil(questions * _SECONDS_PER_QUESTION / 60),
        "invitation": text,
        "known": None if text else known,
        "ticket": new_ticket(),
        "switch_language": len(study.languages) > 1,
    }
    return render(request, "survey/landing.html", context, status=status)


def _start(
    request: HttpRequest, study: Study, invitation: Invitation | None, known: Participant | None
) -> HttpResponse:
    form = StartForm(request.POST)
    if not form.is_valid():
        return _landing_page(request, study, request.POST.get("as", ""), known, status=400)
    try:
        if known and not invitation and not form.cleaned_data["anew"]:
            participant = known
        else:
            participant = _enrol(study, invitation, form.cleaned_data["ticket"])
    except EnrolError:
        logger.exception("nobody can start study %s", study.slug)
        return _message(request, study, 503, _("This questionnaire is not ready yet."))
    response = _send_on(participant)
    remember(response, participant)
    return response


def _enrol(study: Study, invitation: Invitation | None, token: UUID) -> Participant:
    language = translation.get_language() or study.languages[0]
    if invitation:
        origin, label = invitation.origin, invitation.label
        return enrol(study=study, language=language, origin=origin, label=label)
    draft = study.status == Study.Status.DRAFT
    origin = Participant.Origin.PREVIEW if draft else Participant.Origin.LIVE
    return enrol(study=study, language=language, origin=origin, token=token)


def _page(*stages: str) -> Callable[[_Page], Callable[..., HttpResponse]]:
    """A page for participants at these stages; others are sent to where they belong."""

    def decorate(view: _Page) -> Callable[..., HttpResponse]:
        @never_cache
        @_methods
        @wraps(view)
        def inner(request: HttpRequest, slug: str) -> HttpResponse:
            participant = find_participant(request, slug)
            if participant is None:
                return redirect("survey:landing", slug)
            _speak(_languages_of(participant))
            if participant.stage != "done" and not participant.may_answer:
                return _closed(request, participant.study)
            if participant.stage not in stages:
                return _send_on(participant)
            return view(request, participant)

        return inner

    return decorate


@_page("consent")
def consent(request: HttpRequest, participant: Participant) -> HttpResponse:
    study = participant.study
    if request.method == "POST":
        language = translation.get_language() or participant.language
        prepare.consent(participant=participant, version=study.consent_version, language=language)
        return redirect("survey:instructions", study.slug)
    context = {"study": study, "switch_language": len(study.languages) > 1}
    return render(request, "survey/consent.html", context)


@_page("instructions")
def instructions(request: HttpRequest, participant: Participant) -> HttpResponse:
    questions = participant.trials.count()
    context = {"study": participant.study, "questions": questions}
    return render(request, "survey/instructions.html", context)


@_page("instructions")
def practice(request: HttpRequest, participant: Participant) -> HttpResponse:
    cells = prepare.practice_cells(participant=participant)
    if request.method != "POST":
        return _grid(request, participant, "survey/practice.html", cells)
    try:
        position = _cleaned(PracticeForm(request.POST))["position"]
        right = prepare.practise(participant=participant, position=position)
    except NoChoiceError:
        no_choice = _("Please choose an image first.")
        return _grid(request, participant, "survey/practice.html", cells, problem=no_choice)
    except AnswerError:
        return _damaged(request, participant)
    if right:
        return render(request, "survey/practised.html", {"study": participant.study})
    hint = _("That one was changed. Look for the image that is a plain photograph.")
    return _grid(request, participant, "survey/practice.html", cells, problem=hint)


@_page("question")
def question(request: HttpRequest, participant: Participant) -> HttpResponse:
    if request.method != "POST":
        return _question(request, participant)
    try:
        data = _cleaned(AnswerForm(request.POST))
        answer(
            trial_token=data["trial"],
            participant=participant,
            position=data["position"],
            response_ms=data["response_ms"],
            screen=data["screen"],
        )
    except NoChoiceError:
        return _question(request, participant, problem=_("Please choose an image first."))
    except NotYourTrialError:
        text = _("This question belongs to somebody else's questionnaire. Nothing was stored.")
        return _message(request, participant.study, 403, text, retry="survey:question")
    except AnswerError:
        return _damaged(request, participant)
    return redirect("survey:question", participant.study.slug)


def _question(request: HttpRequest, participant: Participant, problem: str = "") -> HttpResponse:
    screen = present(participant=participant)
    if screen is None:  # a second tab gave the last answer in this moment
        return redirect("survey:done", participant.study.slug)
    template = "survey/question.html"
    return _grid(request, participant, template, screen.cells, screen=screen, problem=problem)


@_page("done")
def done(request: HttpRequest, participant: Participant) -> HttpResponse:
    stored = participant.trials.answered().count()
    context = {"study": participant.study, "participant": participant, "stored": stored}
    return render(request, "survey/done.html", context)


def _grid(
    request: HttpRequest, participant: Participant, template: str, cells: list[Option], **more: Any
) -> HttpResponse:
    columns, rows = grid_shape(len(cells))
    context = {"study": participant.study, "cells": cells, "columns": columns, "rows": rows}
    return render(request, template, context | more, status=422 if more.get("problem") else 200)


def _send_on(participant: Participant) -> HttpResponse:
    return redirect(f"survey:{participant.stage}", participant.study.slug)


def _cleaned(form: PracticeForm) -> dict[str, Any]:
    if not form.is_valid():
        raise AnswerError(f"a damaged form: {form.errors.as_json()}")
    return form.cleaned_data


def _languages_of(participant: Participant) -> list[str]:
    """Up to the consent anyone of the study; from there the one that it was read in."""
    return [participant.language] if participant.consented_at else participant.study.languages


def _speak(languages: list[str]) -> None:
    """Show the page in one of these languages: the reader's if it is there, else the first."""
    if translation.get_language() not in languages:
        translation.activate(languages[0])


def _closed(request: HttpRequest, study: Study) -> HttpResponse:
    text = _("This study is closed. Thank you for your interest.")
    return _message(request, study, 403, text)


def _damaged(request: HttpRequest, participant: Participant) -> HttpResponse:
    text = _("What arrived was damaged, so nothing was stored. Your earlier answers are kept.")
    return _message(request, participant.study, 400, text, retry=f"survey:{participant.stage}")


def _message(
    request: HttpRequest, study: Study, status: int, text: str, retry: str = ""
) -> HttpResponse:
    context = {"study": study, "text": text, "retry": retry}
    return render(request, "survey/message.html", context, status=status)
