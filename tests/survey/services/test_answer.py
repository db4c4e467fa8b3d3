from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from survey.errors import (
    AnswerError,
    ClosedError,
    NoChoiceError,
    NotYourTrialError,
    OutOfOrderError,
    PlaceLeftError,
    UnknownParticipantError,
)
from survey.models import Participant, Study, Trial
from survey.services.answer import LONGEST_MS
from tests.survey.studies import finish, give, make_participant, make_study, next_trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant():
    return make_participant(make_study())


def stored(trial):
    return Trial.objects.filter(pk=trial.pk).values().get()


def test_the_first_answer_stands(participant):
    trial = next_trial(participant)
    measured = {"response_ms": 900, "load_ms": 120, "blurs": 1, "screen": {"pixel_ratio": 2}}
    assert give(participant, trial, position=4, **measured).is_new
    first = stored(trial)
    assert first["chosen_id"] == trial.grid[4]
    assert {name: first[name] for name in measured} == measured
    for late in (4, 5, 99, None):
        replay = give(participant, trial, position=late, response_ms=1)
        assert not replay.is_new
        assert [t.order for t in replay.upcoming] == [1, 2, 3]
    assert stored(trial) == first


def test_the_reply_has_what_comes_next(participant):
    trials = list(participant.trials.all())
    assert [t.pk for t in give(participant, trials[0]).upcoming] == [t.pk for t in trials[1:4]]
    for trial in trials[1:-2]:
        reply = give(participant, trial)
    assert [(t.pk, t.token, t.grid) for t in reply.upcoming] == [
        (t.pk, t.token, t.grid) for t in trials[-2:]
    ]


def test_nobody_answers_a_question_before_its_turn(participant):
    first, second, *_ = participant.trials.all()
    with pytest.raises(OutOfOrderError, match="to trial 0, got 1"):
        give(participant, second)
    assert not Trial.objects.answered().exists()
    give(participant, first)
    assert give(participant, second).is_new


def test_when_a_trial_was_given_out(participant):
    """The first with its page, the others with the answer before them."""
    first, second, *_ = participant.trials.all()
    give(participant, first)
    give(participant, second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.shown_at == first.answered_at


def test_somebody_answering_is_seen_to_within_a_minute(participant):
    def seen_after_an_answer(seconds_ago):
        before = timezone.now() - timedelta(seconds=seconds_ago)
        Participant.objects.update(seen_at=before)
        give(participant, next_trial(participant))
        participant.refresh_from_db()
        return participant.seen_at > before

    assert not seen_after_an_answer(seconds_ago=50)
    assert seen_after_an_answer(seconds_ago=70)


def test_who_is_seen_late_has_not_been_silent_if_they_answered(participant):
    """The stored time may be old; the answers say when somebody was here."""
    give(participant, next_trial(participant))
    Participant.objects.update(seen_at=timezone.now() - timedelta(hours=25))
    assert give(participant, next_trial(participant)).is_new


def test_a_closed_study_takes_no_answer_and_repeats_what_it_has(participant):
    first, second, *_ = participant.trials.all()
    give(participant, first)
    Study.objects.update(status="closed")
    with pytest.raises(ClosedError):
        give(participant, second)
    assert not give(participant, first).is_new
    assert Trial.objects.answered().count() == 1


@pytest.mark.parametrize(
    ("dates", "is_open"),
    [
        ({"opens_at": -1, "closes_at": 1}, True),
        ({"opens_at": 1}, False),
        ({"closes_at": -1}, False),
    ],
)
def test_answers_between_the_dates_only(participant, dates, is_open):
    now = timezone.now()
    Study.objects.update(**{name: now + timedelta(hours=h) for name, h in dates.items()})
    if is_open:
        assert give(participant, next_trial(participant)).is_new
    else:
        with pytest.raises(ClosedError):
            give(participant, next_trial(participant))


@pytest.mark.parametrize(("hours", "is_late"), [(23, False), (25, True)])
def test_an_answer_after_a_long_silence_comes_too_late(participant, hours, is_late):
    Participant.objects.update(seen_at=timezone.now() - timedelta(hours=hours))
    if is_late:
        with pytest.raises(PlaceLeftError, match="last seen at"):
            give(participant, next_trial(participant))
    else:
        assert give(participant, next_trial(participant)).is_new


def test_who_gave_up_their_place_does_not_answer(participant):
    Participant.objects.update(left_at=timezone.now())
    with pytest.raises(PlaceLeftError):
        give(participant, next_trial(participant))


def test_nobody_answers_before_consent_and_practice():
    newcomer = make_participant(make_study(), ready=False)
    with pytest.raises(AnswerError, match="before the practice question"):
        give(newcomer, next_trial(newcomer))


def test_an_answer_of_nobody_and_one_for_another_study(participant):
    trial = next_trial(participant)
    with pytest.raises(UnknownParticipantError):
        give(Participant(token=uuid4(), study=participant.study), trial)
    other = make_study(slug="other")
    with pytest.raises(UnknownParticipantError, match="no participant of other"):
        give(Participant(token=participant.token, study=other), trial)
    with pytest.raises(NotYourTrialError):
        give(participant, next_trial(make_participant(other)))
    assert not Trial.objects.answered().exists()


def test_the_queries_of_an_answer(participant, django_assert_num_queries):
    trial, _study = next_trial(participant), participant.study
    # open trials with the participant and the study, the answer
    with django_assert_num_queries(2):
        give(participant, trial)


@pytest.mark.parametrize("position", [-1, 9, 10**12])
def test_a_position_outside_the_grid_is_an_error(participant, position):
    with pytest.raises(AnswerError, match=f"expected a position of 0 to 8, got {position}"):
        give(participant, next_trial(participant), position=position)
    assert not Trial.objects.answered().exists()


def test_no_choice_negative_times_and_unknown_trials_are_errors(participant):
    trial = next_trial(participant)
    with pytest.raises(NoChoiceError):
        give(participant, trial, position=None)
    with pytest.raises(AnswerError, match="response_ms of 0 or more, got -1"):
        give(participant, trial, response_ms=-1)
    with pytest.raises(NotYourTrialError):
        give(participant, Trial(token=uuid4()))
    assert not Trial.objects.answered().exists()


def test_somebody_elses_trial_is_an_error(participant):
    other = make_participant(participant.study)
    with pytest.raises(NotYourTrialError):
        give(participant, next_trial(other))
    assert not Trial.objects.answered().exists()


@pytest.mark.parametrize(("sent", "stored"), [(None, None), (0, 0), (10**9, LONGEST_MS)])
def test_response_times_are_optional_and_capped(participant, sent, stored):
    trial = next_trial(participant)
    give(participant, trial, response_ms=sent, load_ms=sent)
    trial.refresh_from_db()
    assert (trial.response_ms, trial.load_ms) == (stored, stored)


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
    assert not give(participant, trials[-1]).is_new
    assert Participant.objects.get(pk=participant.pk).completion_code == code


def test_the_queries_of_the_last_answer(participant, django_assert_num_queries):
    *others, last = participant.trials.all()
    for trial in others:
        give(participant, trial)
    # open trials, savepoint, the answer, the end, release
    with django_assert_num_queries(5):
        give(participant, last)


def test_codes_differ(participant):
    other = make_participant(participant.study)
    codes = {finish(person).completion_code for person in (participant, other)}
    assert len(codes) == 2
