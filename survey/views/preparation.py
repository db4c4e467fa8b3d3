"""Consent, instructions, and the practice question."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from survey.errors import AnswerError, NoChoiceError
from survey.forms import PracticeForm
from survey.models import Participant
from survey.models.rules import SITTING
from survey.models.study import in_language
from survey.services import prepare
from survey.views.common import damaged_text, message, page_of
from survey.views.grid import cells_of, show_grid


@page_of("consent")
def consent(request: HttpRequest, participant: Participant) -> HttpResponse:
    study = participant.study
    if request.method == "POST":
        language = translation.get_language() or participant.language
        prepare.consent(participant=participant, version=study.consent_version, language=language)
        return redirect("survey:instructions", study.slug)
    context = {
        "study": study,
        "consent": in_language(study.consent_text),
        "sitting": SITTING.seconds // 60,
        "recruited": bool(participant.recruiter_id),
        "switch_language": len(study.languages) > 1,
    }
    return render(request, "survey/consent.html", context)


@page_of("instructions")
def instructions(request: HttpRequest, participant: Participant) -> HttpResponse:
    return render(request, "survey/instructions.html", {"study": participant.study})


@page_of("instructions")
def practice(request: HttpRequest, participant: Participant) -> HttpResponse:
    cells = cells_of(
        stimulus for stimulus, _right in prepare.practice_cells(participant=participant)
    )
    if request.method != "POST":
        was_wrong = _("That one was changed. Look for the image that is a plain photograph.")
        problem = was_wrong if "wrong" in request.GET else ""
        return show_grid(request, participant.study, "survey/practice.html", cells, problem=problem)
    try:
        form = PracticeForm(request.POST)
        right = prepare.practise(participant=participant, position=form.checked()["position"])
    except NoChoiceError:
        problem = _("Please choose an image first.")
        return show_grid(request, participant.study, "survey/practice.html", cells, problem=problem)
    except AnswerError:
        retry = "survey:practice"
        return message(request, participant.study, 400, damaged_text(), retry=retry)
    # Pages of their own, so that the back button asks nobody to send a form again.
    slug = participant.study.slug
    if right:
        return redirect("survey:practised", slug)
    return redirect(f"{reverse('survey:practice', args=[slug])}?wrong")


@page_of("question")
def practised(request: HttpRequest, participant: Participant) -> HttpResponse:
    return render(request, "survey/practised.html", {"study": participant.study})
