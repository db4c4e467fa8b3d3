"""After the questions: the closing pages, the receipt, and the way to take data back."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from survey.cookies import find_participant, forget
from survey.errors import WithdrawalError
from survey.forms import AboutForm, FamiliarityForm
from survey.models import Participant, Study
from survey.services import closing
from survey.services.withdraw import find_by_code, withdraw
from survey.views.common import languages_of, methods, page_of, send_on, speak


@page_of("familiarity")
def familiarity(request: HttpRequest, participant: Participant) -> HttpResponse:
    words = closing.words_asked(participant=participant)
    form = FamiliarityForm(words, _sent(request))
    if request.method == "POST" and form.is_valid():
        closing.tell_familiarity(participant=participant, levels=form.levels())
        return _onward(participant)
    context = {"study": participant.study, "form": form}
    return render(request, "survey/familiarity.html", context, status=_status(form))


@page_of("about")
def about(request: HttpRequest, participant: Participant) -> HttpResponse:
    form = AboutForm(participant.study.closing, _sent(request))
    if request.method == "POST" and form.is_valid():
        closing.tell_about(participant=participant, answers=form.cleaned_data)
        return _onward(participant)
    context = {"study": participant.study, "form": form}
    return render(request, "survey/about.html", context, status=_status(form))


def _sent(request: HttpRequest) -> QueryDict | None:
    """The form's data; also one without any was sent, by somebody who skipped everything."""
    return request.POST if request.method == "POST" else None


def _status(form: FamiliarityForm | AboutForm) -> int:
    return 422 if form.errors else 200


def _onward(participant: Participant) -> HttpResponse:
    participant.refresh_from_db()
    return send_on(participant)


@page_of("done")
def done(request: HttpRequest, participant: Participant) -> HttpResponse:
    context = {
        "study": participant.study,
        "participant": participant,
        "stored": participant.trials.answered().count(),
        "back": _address_back(participant),
    }
    return render(request, "survey/done.html", context)


def _address_back(participant: Participant) -> str:
    """The recruiter's address with what it asks for; empty where the person came otherwise."""
    study = participant.study
    address: str = study.completion_url
    if not (address and study.recruiter_parameters):
        return address
    given = {"code": participant.completion_code, **participant.recruiter}
    given[study.recruiter_parameters[0]] = participant.recruiter_id
    for name in ("code", *study.recruiter_parameters):
        address = address.replace(f"{{{name}}}", quote(given.get(name, ""), safe=""))
    return address


@never_cache
@methods
def withdraw_data(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete what somebody answered: by the code of the receipt, or from the browser used."""
    study = get_object_or_404(Study, slug=slug)
    known = find_participant(request, slug)
    speak(languages_of(known) if known else study.languages)
    code = request.POST.get("code", "")
    context = {"study": study, "known": known, "code": code}
    if request.method != "POST":
        return render(request, "survey/withdraw.html", context)
    try:
        person = known if known and "mine" in request.POST else find_by_code(study=study, code=code)
    except WithdrawalError:
        context["problem"] = _("No answers belong to this code. Please check it letter by letter.")
        return render(request, "survey/withdraw.html", context, status=422)
    withdraw(participant=person)
    response = redirect("survey:withdrawn", slug)
    if person == known or known is None:
        forget(response, study)
    return response


@never_cache
@methods
def withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    speak(study.languages)
    return render(request, "survey/withdrawn.html", {"study": study})
