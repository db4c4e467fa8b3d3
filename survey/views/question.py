"""The questions: a GET shows the next one, a POST stores an answer, as a form or by fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from survey.cookies import find_participant, participant_token
from survey.errors import (
    AnswerError,
    ClosedError,
    NoChoiceError,
    NotYourTrialError,
    OutOfOrderError,
    PlaceLeftError,
    StimulusError,
    UnknownParticipantError,
)
from survey.forms import read_answer
from survey.models import Participant
from survey.services.answer import Answered, answer
from survey.services.present import present, upcoming
from survey.views.common import (
    closed_text,
    damaged_text,
    languages_of,
    message,
    methods,
    page_of,
    speak,
)
from survey.views.grid import question_of, show_grid


# An answer names the token of its trial, which only the participant's own pages tell: nobody else
# can send one in their name.
@csrf_exempt
@methods
def question(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method != "POST":
        return _show(request, slug)
    # The answer finds its participant itself; here that would be another query.
    try:
        given = _send(request, slug)
    except AnswerError as error:
        return _refuse(request, slug, error)
    speak([given.person.language])
    if _wants_json(request):
        return JsonResponse(_reply(given, slug))
    return redirect(f"survey:{_stage_after(given)}", slug)


def _stage_after(given: Answered) -> str:
    """The page that comes after an answer."""
    if given.upcoming:
        return "question"
    return Participant.objects.select_related("study").get(pk=given.person.pk).stage


@page_of("question")
def _show(request: HttpRequest, participant: Participant) -> HttpResponse:
    return _question(request, participant)


def _question(request: HttpRequest, participant: Participant, problem: str = "") -> HttpResponse:
    try:
        shown = present(participant=participant)
    except StimulusError:
        text = _("This question cannot be shown at the moment. Your answers so far are kept.")
        note = _("The researchers have been told. Please come back later.")
        return message(request, participant.study, 503, text, note=note, retry="survey:question")
    if not shown:  # a second tab gave the last answer in this moment
        participant.refresh_from_db()
        return redirect(f"survey:{participant.stage}", participant.study.slug)
    first, *later = [question_of(each) for each in shown]
    return show_grid(
        request, participant.study, "survey/question.html", first["cells"],
        question=first, upcoming=later, total=first["total"], problem=problem,
    )  # fmt: skip


def _send(request: HttpRequest, slug: str) -> Answered:
    token = participant_token(request, slug)
    if token is None:
        raise UnknownParticipantError(f"no cookie of study {slug}")
    return answer(participant_token=token, slug=slug, **read_answer(request.POST))


def _reply(given: Answered, slug: str) -> dict[str, Any]:
    shown = upcoming(participant=given.person, trials=given.upcoming)
    stage = _stage_after(given)
    return {
        "stored": given.is_new,
        "upcoming": [question_of(each) for each in shown],
        "go": None if stage == "question" else reverse(f"survey:{stage}", args=[slug]),
    }


@dataclass(frozen=True)
class _Refusal:
    """What is said of an answer that was not stored, and where to go on; "" for nowhere."""

    status: int
    text: Callable[[], str]
    retry: str = "survey:question"


_REFUSALS: dict[type[AnswerError], _Refusal] = {
    UnknownParticipantError: _Refusal(
        401,
        lambda: _("This browser is not known here (any more). Nothing was stored."),
        "survey:landing",
    ),
    NotYourTrialError: _Refusal(
        403,
        lambda: _("This question belongs to somebody else's questionnaire. Nothing was stored."),
    ),
    ClosedError: _Refusal(403, closed_text, ""),
    OutOfOrderError: _Refusal(
        409, lambda: _("An earlier question comes first. Nothing was stored.")
    ),
    PlaceLeftError: _Refusal(
        410,
        lambda: _("You were away for too long. Your earlier answers are kept."),
        "survey:landing",
    ),
    NoChoiceError: _Refusal(422, lambda: _("Please choose an image first.")),
}
_DAMAGED = _Refusal(400, damaged_text)


def _refuse(request: HttpRequest, slug: str, error: AnswerError) -> HttpResponse:
    participant = find_participant(request, slug)
    if participant:
        speak(languages_of(participant))
    refusal = _REFUSALS.get(type(error), _DAMAGED)
    if _wants_json(request):
        go = reverse(refusal.retry, args=[slug]) if refusal.retry else None
        return JsonResponse({"problem": refusal.text(), "go": go}, status=refusal.status)
    if participant is None:
        return redirect("survey:landing", slug)
    if isinstance(error, NoChoiceError):
        return _question(request, participant, problem=refusal.text())
    return message(request, participant.study, refusal.status, refusal.text(), retry=refusal.retry)


def _wants_json(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_ACCEPT", "").startswith("application/json"))
