from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.test import Client

from generation.models import ContentImage, StylisedImage, Word
from survey.models import Option, Study
from tests.analysis import factories
from tests.analysis.pages import Page

SEEDS = [1, 2, 3]


def make_crowd(seed: int, **fields: object) -> Study:
    """A study with people of every origin, partial answers and unequal chance levels.

    A second study has the same stimuli and answers of its own, which belong nowhere else.
    """
    chooser = random.Random(seed)
    study = factories.make_study(
        contents=chooser.randint(1, 3),
        words=chooser.randint(2, 6),
        clusters=chooser.randint(2, 3),
        options=chooser.choice([6, 9]),
        seed=seed,
        **({"counted_origins": ["live", "pilot"]} | fields),
    )
    distractors = Option.objects.filter(is_target=False)
    for question in study.questions.all():
        if question.index == 0 or (question.index > 1 and chooser.random() < 0.4):
            distractors.filter(question=question).last().delete()
    _add_people(study, chooser)
    _add_people(_sibling(study, chooser), chooser)
    return study


def _add_people(study: Study, chooser: random.Random) -> None:
    for origin in ("live", "pilot", "preview", "bot"):
        for answered in (0.0, chooser.random(), 1.0):
            factories.add_people(
                study,
                chooser.randint(1, 3),
                skill=chooser.random(),
                origin=origin,
                answered=answered,
                seed=chooser.getrandbits(32),
            )


def _sibling(study: Study, chooser: random.Random) -> Study:
    sibling = Study.objects.create(slug="sibling", status="live", options=study.options)
    content = ContentImage.objects.first()
    own = list(StylisedImage.objects.filter(content=content).select_related("cluster__clustering"))
    for index, word in enumerate(Word.objects.all()):
        factories.add_question(
            sibling, index, content, word, stimuli=own, options=6, chooser=chooser
        )
    return sibling


@pytest.fixture
def visit(admin_client: Client) -> Callable[..., Page]:
    """A page of the study's results in English, as a reader sees it."""

    def page(path: str = "", **query: str) -> Page:
        response = admin_client.get(
            f"/results/study/{path}", query, headers={"accept-language": "en"}
        )
        assert response.status_code == 200
        return Page(response.content.decode())

    return page


@pytest.fixture(params=SEEDS)
def crowd(db, request) -> Study:
    return make_crowd(request.param)
