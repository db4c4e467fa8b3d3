from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from survey.models import Participant, Study, Trial
from survey.services.ledger import open_trials, store
from tests.survey.studies import finish, give, make_participant, make_study

pytestmark = pytest.mark.django_db


def look(participant, slug="textures"):
    return open_trials(participant_token=participant.token, slug=slug)


def write(trial, **changes):
    now = timezone.now()
    values = {
        "chosen": trial.grid[1], "position": 1, "answered_at": now, "shown_at": now,
        "response_ms": 5, "load_ms": None, "blurs": 0, "screen": {"pixel_ratio": 2.5},
    }  # fmt: skip
    return store(trial, values | changes)


@pytest.fixture
def participant():
    return make_participant(make_study(), language="ja")


def test_what_is_open_in_its_order(participant):
    person, trials = look(participant)
    rows = list(participant.trials.all())
    assert [(t.pk, t.token, t.order, t.grid, t.question_id) for t in trials] == [
        (t.pk, t.token, t.order, t.grid, t.question_id) for t in rows[:4]
    ]
    assert (person.pk, person.language, person.origin) == (participant.pk, "ja", "live")
    assert (person.study.pk, person.study.status) == (participant.study_id, "live")
    assert person.study.composed_at == participant.study.composed_at
    assert person.seen_at == person.noted_at == participant.seen_at
    assert person.practised_at == participant.practised_at


def test_somebody_was_here_when_they_answered_last(participant):
    trial = participant.trials.get(order=0)
    give(participant, trial)
    Participant.objects.update(seen_at=timezone.now() - timedelta(days=2))
    person, _ = look(participant)
    trial.refresh_from_db()
    assert person.seen_at == trial.answered_at
    assert person.noted_at < trial.answered_at


def test_nobody_and_nothing_open(participant):
    assert look(Participant(token=uuid4())) is None
    assert look(participant, slug="other") is None
    assert look(finish(participant)) is None


def test_an_answer_is_written_once(participant):
    _, (first, *_) = look(participant)
    assert write(first)
    assert not write(first, chosen=first.grid[2], position=2)
    stored = Trial.objects.get(pk=first.pk)
    assert stored.chosen_id == first.grid[1]
    assert (stored.response_ms, stored.load_ms, stored.screen) == (5, None, {"pixel_ratio": 2.5})


@pytest.mark.parametrize("what", ["left", "closed"])
def test_nothing_is_written_for_who_left_or_after_the_end(participant, what):
    _, (first, *_) = look(participant)
    if what == "left":
        Participant.objects.update(left_at=timezone.now())
    else:
        Study.objects.update(status="closed")
    assert not write(first)
    assert not Trial.objects.answered().exists()
