from uuid import uuid4

import pytest

from survey.errors import AnswerError, NoChoiceError, NotYourTrialError
from survey.models import Participant, Trial
from survey.services.answer import LONGEST_RESPONSE_MS, answer
from tests.survey.studies import make_participant, make_study, next_trial

pytestmark = pytest.mark.django_db


def give(participant, trial, position=0, response_ms=900, screen=None):
    return answer(
        trial_token=trial.token,
        participant=participant,
        position=position,
        response_ms=response_ms,
        screen=screen or {"pixel_ratio": 2},
    )


@pytest.fixture
def participant():
    return make_participant(make_study())


def test_the_first_answer_stands(participant):
    trial = next_trial(participant)
    assert give(participant, trial, position=4)
    first = Trial.objects.filter(pk=trial.pk).values().get()
    assert first["chosen_id"] == trial.grid[4]
    assert first["response_ms"] == 900
    assert first["screen"] == {"pixel_ratio": 2}
    for late in (4, 5, 99, None):
        assert not give(participant, trial, position=late, response_ms=1)
    assert Trial.objects.filter(pk=trial.pk).values().get() == first


@pytest.mark.parametrize("position", [-1, 9, 10**12])
def test_a_position_outside_the_grid_is_an_error(participant, position):
    with pytest.raises(AnswerError, match=f"expected a position of 0 to 8, got {position}"):
        give(participant, next_trial(participant), position=position)
    assert not Trial.objects.answered().exists()


def test_no_choice_negative_times_and_unknown_trials_are_errors(participant):
    trial = next_trial(participant)
    with pytest.raises(NoChoiceError):
        give(participant, trial, position=None)
    with pytest.raises(AnswerError, match="0 ms or more, got -1"):
        give(participant, trial, response_ms=-1)
    with pytest.raises(NotYourTrialError):
        give(participant, Trial(token=uuid4()))
    assert not Trial.objects.answered().exists()


def test_somebody_elses_trial_is_an_error(participant):
    other = make_participant(participant.study)
    with pytest.raises(NotYourTrialError):
        give(participant, next_trial(other))
    assert not Trial.objects.answered().exists()


@pytest.mark.parametrize(("sent", "stored"), [(None, None), (0, 0), (10**9, LONGEST_RESPONSE_MS)])
def test_response_times_are_optional_and_capped(participant, sent, stored):
    trial = next_trial(participant)
    give(participant, trial, response_ms=sent)
    trial.refresh_from_db()
    assert trial.response_ms == stored


def test_the_last_answer_ends_it_with_a_code(participant):
    trials = list(participant.trials.all())
    for trial in trials:
        participant.refresh_from_db()
        assert participant.stage == "question"
        assert participant.completion_code == ""
        give(participant, trial)
    participant.refresh_from_db()
    assert participant.stage == "done"
    assert participant.finished_at is not None
    code = participant.completion_code
    assert len(code) == 10
    assert not set(code) & set("0O1IL2Z5S8BUV")
    assert not give(participant, trials[-1])
    assert Participant.objects.get(pk=participant.pk).completion_code == code


def test_codes_differ(participant):
    other = make_participant(participant.study)
    for person in (participant, other):
        for trial in person.trials.all():
            give(person, trial)
    assert len(set(Participant.objects.values_list("completion_code", flat=True))) == 2
