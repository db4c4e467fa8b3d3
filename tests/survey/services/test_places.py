"""A quota of complete live participants, with places that are freed when somebody needs them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from survey.errors import EnrolError, StudyFullError
from survey.models import Participant
from survey.services.enrol import Recruited, enrol
from survey.services.places import leave, rejoin
from survey.services.withdraw import withdraw
from tests.survey.studies import finish, make_participant, make_study

pytestmark = pytest.mark.django_db


def come(study, **given):
    return enrol(study=study, language="ja", token=uuid4(), **given)


def silence(person, minutes):
    Participant.objects.filter(pk=person.pk).update(
        seen_at=timezone.now() - timedelta(minutes=minutes)
    )


def test_a_full_study_takes_nobody_whether_complete_or_on_the_way():
    study = make_study(quota=2)
    finish(make_participant(study))
    come(study)
    with pytest.raises(StudyFullError, match="textures has 2 places, and all are taken"):
        come(study)
    assert study.participants.count() == 2


def test_pilots_bots_and_previews_take_no_place():
    study = make_study(quota=1)
    for origin, label in (("bot", "b"), ("pilot", "p"), ("preview", "")):
        enrol(study=study, language="ja", origin=origin, label=label)
    assert come(study).origin == "live"


def test_who_stopped_keeps_the_place_until_somebody_needs_it():
    study = make_study(quota=2, abandoned_minutes=30)
    first, second = make_participant(study), make_participant(study)
    silence(first, 31)
    silence(second, 29)
    first.refresh_from_db()
    assert first.left_at is None
    come(study)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.left_at is not None
    assert second.left_at is None
    with pytest.raises(StudyFullError):
        come(study)


def test_only_as_many_as_needed_lose_their_place_the_longest_silent_first():
    study = make_study(quota=3)
    people = [make_participant(study) for _ in range(3)]
    for person, minutes in zip(people, (90, 300, 120), strict=True):
        silence(person, minutes)
    come(study)
    assert [p.left_at is not None for p in study.participants.order_by("pk")] == [
        False, True, False, False,
    ]  # fmt: skip


def test_who_comes_back_takes_a_free_place_or_hears_that_there_is_none():
    study = make_study(quota=1)
    person = make_participant(study)
    leave(person)
    rejoin(person)
    person.refresh_from_db()
    assert person.left_at is None
    leave(person)
    other = come(study)
    with pytest.raises(StudyFullError):
        rejoin(person)
    leave(other)
    rejoin(person)
    assert study.participants.holding_places().get() == person


def test_who_is_complete_cannot_leave():
    person = finish(make_participant(make_study()))
    leave(person)
    person.refresh_from_db()
    assert person.left_at is None


def test_a_withdrawal_frees_the_place():
    study = make_study(quota=1)
    withdraw(participant=finish(make_participant(study)))
    assert come(study)


def test_the_recruiters_id_is_one_person():
    study = make_study()
    recruited = Recruited(person="p1", parameters={"STUDY_ID": "s"})
    first = come(study, recruited=recruited)
    assert first.recruiter == {"STUDY_ID": "s"}
    assert come(study, recruited=recruited) == first
    again = come(study, recruited=recruited, instead_of=first)
    assert again != first
    first.refresh_from_db()
    assert first.left_at is not None
    assert come(study, recruited=recruited) == again


@pytest.mark.parametrize(
    ("dates", "says"), [({"opens_at": 1}, "opens at"), ({"closes_at": -1}, "closed")]
)
def test_nobody_starts_outside_the_dates_but_pilots_before(dates, says):
    now = timezone.now()
    study = make_study(**{name: now + timedelta(hours=h) for name, h in dates.items()})
    with pytest.raises(EnrolError, match=says):
        come(study)
    if "opens_at" in dates:
        assert enrol(study=study, language="ja", origin="pilot", label="p")


def test_numbers_count_each_origin_and_are_never_given_twice():
    study = make_study()
    people = [come(study) for _ in range(3)]
    assert [p.number for p in people] == [0, 1, 2]
    withdraw(participant=people[1])
    assert come(study).number == 3
    assert enrol(study=study, language="ja", origin="preview").number == 0


def test_over_nine_people_every_image_stands_once_in_each_cell():
    study = make_study(contents=1)
    for _ in range(9):
        come(study)
    for question in study.questions.all():
        grids = question.trials.values_list("grid", flat=True)
        for cells in zip(*grids, strict=True):
            assert len(set(cells)) == 9
