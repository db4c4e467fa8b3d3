from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from analysis import frames
from analysis.frames import Selection
from analysis.peeking import p_values
from analysis.plan import plan_of
from analysis.report import Asked, Report, build
from survey.models import Study, Trial
from tests.analysis.factories import add_people, make_study

SKILL = {"fusafusa": 0.9, "zarazara": 0.6, "mofumofu": 0.4, "gotsugotsu": 0.2}


@pytest.fixture
def study(db) -> Study:
    """Closed: four words on three photographs, nine people, two who stopped, one in a hurry."""
    study = make_study(contents=3, words=4, status="closed")
    people = add_people(study, 9, skill=SKILL)
    people += add_people(study, 2, skill=0.3, answered=0.5, seed=5)
    chooser = random.Random(3)
    for trial in Trial.objects.exclude(chosen=None):
        is_fast = trial.participant_id == people[0].pk
        trial.response_ms = 300 if is_fast else int(chooser.lognormvariate(8.3, 0.5))
        trial.save()
    return study


@pytest.fixture
def staff(db):
    return get_user_model().objects.create_superuser("matsuo")


def asked_of(study: Study, selection: Selection | None = None, user=None) -> Asked:
    plan = plan_of(study)
    usual = plan.selection if plan and plan.frozen_at else None
    return Asked(
        study=study,
        frame=frames.load(study),
        plan=plan,
        selection=selection or usual or Selection(origins=frozenset(study.counted_origins)),
        p=p_values(study, user or AnonymousUser()),
    )


@pytest.fixture
def report_of() -> Callable[..., Report]:
    """The report of a study, without the mixed model unless asked for."""

    def make(study: Study, selection: Selection | None = None, user=None, **options) -> Report:
        return build(asked_of(study, selection, user), **({"with_mixed": False} | options))

    return make
