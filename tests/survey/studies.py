"""Composed studies of tiny pictures, and people who walk through their pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from generation.models import ContentImage, Recipe, StylisedImage, Word
from survey.cookies import remember
from survey.models import Participant, Study, Trial
from survey.services import prepare
from survey.services.answer import Measured, answer
from survey.services.compose import compose
from survey.services.enrol import enrol
from tests import factories


def make_study(*, contents: int = 2, words: int = 3, clusters: int = 3, **fields: Any) -> Study:
    """A live study of contents x words questions and a catch question per content.

    It has the recipes that there are, in the order of their making, as its conditions.
    """
    if not StylisedImage.objects.exists():
        factories.make_stimuli(contents, words, clusters)
    given = {"slug": "textures", "options": 9, "status": Study.Status.LIVE, **fields}
    return compose(
        title=given.pop("title", {"ja": "質感の調査", "en": "Textures"}),
        contents=list(ContentImage.objects.all()),
        words=list(Word.objects.all()),
        recipes=given.pop("recipes", list(Recipe.objects.order_by("pk"))),
        **given,
    )


def make_conditions(*names: str, **fields: Any) -> Study:
    """A study of contents x words x conditions: the recipe "test" and these."""
    sizes = {key: fields.pop(key, n) for key, n in (("contents", 2), ("words", 3))}
    factories.make_stimuli(**sizes)
    for name in names:
        factories.make_condition(name)
    return make_study(**fields)


def make_participant(study: Study, *, ready: bool = True, **fields: Any) -> Participant:
    """Somebody who consented and practised, unless not ready."""
    participant = enrol(study=study, **{"language": "en", **fields})
    if ready:
        prepare.consent(participant=participant, version="1", language=participant.language)
        cells = prepare.practice_cells(participant=participant)
        right = next(i for i, (_, is_right) in enumerate(cells) if is_right)
        assert prepare.practise(participant=participant, position=right)
        participant.refresh_from_db()
    return participant


def client_of(participant: Participant) -> Client:
    """A browser with the participant's cookie."""
    response = HttpResponse()
    remember(response, participant)
    client = Client(headers={"accept-language": participant.language})
    for name, morsel in response.cookies.items():
        client.cookies[name] = morsel.value
    return client


def give(participant: Participant, trial: Trial, position: int | None = 0, **measured: Any) -> Any:
    """The participant's answer to the trial, through the service."""
    return answer(
        participant_token=participant.token,
        slug=participant.study.slug,
        trial_token=trial.token,
        position=position,
        measured=Measured(**measured),
    )


def finish(participant: Participant) -> Participant:
    """Answer all that is open with the first cell."""
    while trial := Trial.objects.unanswered_by(participant).first():
        give(participant, trial)
    participant.refresh_from_db()
    return participant


def next_trial(participant: Participant) -> Trial:
    trial = Trial.objects.unanswered_by(participant).first()
    assert trial is not None
    return trial
