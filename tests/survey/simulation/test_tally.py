from uuid import UUID

import pytest

from survey.models import Trial
from survey.simulation.browser import Acknowledgement
from survey.simulation.tally import Tally, compare, percentile
from tests.survey.studies import finish, make_participant, make_study


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.51, 3.0), (0.95, 4.0), (1.0, 4.0)])
def test_percentiles_are_measured_values(share, value):
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == value


def test_nothing_has_no_percentile():
    assert percentile([], 0.5) is None


def test_the_first_acknowledgement_counts():
    tally, token = Tally(), UUID(int=1)
    assert not tally.acknowledge(token, 7, Acknowledgement(refused=True))
    assert tally.acknowledge(token, 7, Acknowledgement(seconds=0.25, stored=True))
    assert not tally.acknowledge(token, 8, Acknowledgement(seconds=0.5, stored=False))
    assert tally.chosen == {token: 7}
    assert tally.milliseconds == [250]
    assert tally.stores[token] == 1


@pytest.fixture
def person(db):
    return finish(make_participant(make_study(contents=1), origin="bot", label="bot-001"))


@pytest.fixture
def tally(person):
    """As it is when the server stored every answer of the person and said so."""
    found = Tally()
    for trial in person.trials.all():
        found.acknowledge(trial.token, trial.chosen_id, Acknowledgement(stored=True))
    return found


def faults(tally):
    tally.began, tally.ended = 10.0, 12.0
    found = compare(tally, study="textures", labels=["bot-001"], seconds=3)
    return found.lost, found.doubled


def test_nothing_is_lost_or_doubled(tally):
    tally.began, tally.ended = 10.0, 12.0
    found = compare(tally, study="textures", labels=["bot-001"], seconds=3)
    assert (found.answers_sent, found.stored, found.answers_per_second) == (4, 4, 2.0)
    assert faults(tally) == (0, 0)


def test_what_is_not_stored_is_lost(tally):
    Trial.objects.filter(order=1).update(answered_at=None, chosen=None, position=None)
    assert faults(tally) == (1, 0)


def test_what_is_stored_otherwise_is_lost(tally):
    trial = Trial.objects.get(order=1)
    other = next(pk for pk in trial.grid if pk != trial.chosen_id)
    Trial.objects.filter(order=1).update(chosen=other, position=trial.grid.index(other))
    assert faults(tally) == (1, 0)


def test_what_is_asked_for_again_was_lost(tally):
    tally.ask(Trial.objects.get(order=1).token)
    tally.ask(UUID(int=1))
    assert faults(tally) == (1, 0)


def test_what_is_said_to_be_stored_twice_is_doubled(tally):
    trial = Trial.objects.get(order=1)
    tally.acknowledge(trial.token, trial.chosen_id, Acknowledgement(stored=True))
    tally.acknowledge(trial.token, trial.chosen_id, Acknowledgement(stored=False))
    assert faults(tally) == (0, 1)
