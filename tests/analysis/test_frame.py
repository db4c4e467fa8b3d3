"""What a process keeps of a study follows the database."""

import random

import numpy as np
import pytest
from django.utils import timezone

from analysis import frames
from analysis.frames import Selection
from analysis.frames.columns import read_answers
from analysis.stats.careless import Rules
from survey.models import Familiarity, Participant, Trial
from tests.analysis import factories
from tests.survey.studies import finish, give, make_participant, next_trial
from tests.survey.studies import make_study as composed

pytestmark = pytest.mark.django_db

EVERYBODY = Selection(origins=frozenset(Participant.Origin.values))


def as_stored(study):
    """Every answer in force by its rows: who, place, question, choice, cell, time."""
    trials = (
        Trial.objects.answered()
        .filter(participant__study=study, question__version=study.composition)
        .order_by("participant", "order")
    )
    fields = ("participant", "order", "question__index", "chosen", "position", "response_ms")
    return list(trials.values_list(*fields))


def as_kept(frame):
    options, given = frame.layout.options, frame.given
    index = [cell.index for cell in frame.layout.cells]
    return [
        (
            int(given.person[i]),
            int(given.order[i]),
            index[options.question[given.option[i]]],
            int(options.pk[given.option[i]]),
            int(given.position[i]),
            None if np.isnan(given.rt_ms[i]) else int(given.rt_ms[i]),
        )
        for i in range(len(given))
    ]


def test_what_is_kept_is_what_is_stored_whatever_happens():
    study = composed(words=3, contents=2)
    chooser = random.Random(3)
    people = []
    for step in range(60):
        what = chooser.choice(["come", "answer", "answer", "answer", "finish", "go"])
        open_ones = [p for p in people if not p.finished_at]
        if what == "come" or not people:
            people.append(make_participant(study))
        elif what == "answer" and open_ones:
            person = chooser.choice(open_ones)
            give(person, next_trial(person), 2, response_ms=chooser.choice([None, 0, 3_600_000]))
            person.refresh_from_db()
        elif what == "finish" and open_ones:
            finish(chooser.choice(open_ones))
        elif what == "go" and len(people) > 3:
            people.pop(chooser.randrange(len(people))).delete()
        if step % 3 == 0:  # several things happened since the last look
            frame = frames.load(study)
            assert as_kept(frame) == as_stored(study)
            assert frame.people.pk.tolist() == sorted(p.pk for p in people)
    assert any(row[5] is None for row in as_stored(study))


def test_nothing_new_costs_two_queries_and_an_answer_those_of_one_person(
    django_assert_num_queries,
):
    study = composed(words=3, contents=1)
    person, other = make_participant(study), make_participant(study)
    give(other, next_trial(other))
    first = frames.load(study)
    with django_assert_num_queries(2):
        assert frames.load(study) is first
    give(person, next_trial(person))
    with django_assert_num_queries(3) as captured:
        frames.load(study)
    assert f"({person.pk})" in captured.captured_queries[-1]["sql"].replace(" IN ", "")


def test_the_stamp_changes_with_what_can_change_a_figure():
    study = composed(words=3, contents=1)
    person = make_participant(study)
    stamps = [frames.load(study).stamp]

    def note():
        stamps.append(frames.load(study).stamp)

    give(person, next_trial(person))
    note()
    finish(person)
    note()
    Participant.objects.filter(pk=person.pk).update(origin="pilot")
    note()
    person.delete()
    note()
    assert len(set(stamps)) == len(stamps)


def test_the_longest_time_and_the_last_cell_survive_the_packing():
    study = composed(words=3, contents=1)
    person = make_participant(study)
    give(person, next_trial(person), 8, response_ms=3_600_000)
    given = frames.load(study).given
    assert (given.position.tolist(), given.rt_ms.tolist()) == ([8], [3_600_000.0])


def test_answers_to_an_earlier_composition_are_not_read():
    study = factories.make_study(contents=1, words=2)
    factories.add_people(study, 2)
    assert len(frames.load(study).given) == 6
    study.composition = study.version = 2
    study.save()
    assert len(frames.load(study).given) == 0


def test_grids_are_those_of_the_trials():
    study = factories.make_study(contents=2, words=3)
    factories.add_people(study, 3, answered=0.7, seed=2)
    selected = frames.counted(study)
    answers, images = selected.grids(), selected.frame.layout.stimuli
    trials = (
        Trial.objects.answered()
        .exclude(question__word=None)
        .order_by("participant", "order")
        .values_list("grid", "chosen")
    )
    pictured = dict(study.questions.values_list("options__pk", "options__stylised"))
    assert len(trials) == len(answers) > 5
    for row, (grid, chosen) in zip(answers.grid, trials, strict=True):
        assert [images[i] for i in row] == [pictured[pk] for pk in grid]
        assert row[grid.index(chosen)] >= 0
    rows = np.arange(len(answers))
    assert np.array_equal(answers.grid[rows, answers.position], answers.chosen)


@pytest.fixture
def crowd():
    study = factories.make_study(contents=2, words=3)
    factories.add_people(study, 4, answered=1.0)
    factories.add_people(study, 2, answered=0.5, seed=4)
    factories.add_people(study, 1, origin="pilot", seed=5)
    Participant.objects.filter(pk=study.participants.first().pk).update(language="en")
    return study


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        EVERYBODY,
        Selection(language="en"),
        Selection(keeps_incomplete=False),
        Selection(rules=Rules(fast_ms=2_000, fast_share=0.5)),
        Selection(least_familiarity=1),
        Selection(least_familiarity=2, language="ja", keeps_incomplete=False),
    ],
)
def test_the_rows_of_a_selection_are_its_columns(crowd, selection):
    word = crowd.questions.exclude(word=None).first().word
    for level, person in enumerate(crowd.participants.all()[:3]):
        Familiarity.objects.create(participant=person, word=word, level=level)
    Participant.objects.update(familiarity_at=timezone.now())
    for number, person in enumerate(crowd.participants.all()):
        person.trials.exclude(chosen=None).update(response_ms=500 if number == 1 else 5_000)
    selected = frames.load(crowd).select(selection)
    stored = selected.trials()
    assert stored.exclude(question__word=None).count() == len(selected.answers)
    assert stored.filter(question__word=None).count() == len(selected.catches.person)
    assert set(stored.values_list("participant", flat=True)) == {
        int(selected.frame.people.pk[i]) for i in selected.people
    }
    assert sum(cell.answers for cell in frames.cells(selected)) == stored.count()


def test_what_is_left_out_and_what_is_counted_are_all(crowd):
    slow = crowd.participants.filter(origin="live").first()
    Trial.objects.exclude(chosen=None).update(response_ms=5_000)
    slow.trials.exclude(chosen=None).update(response_ms=10)
    selection = Selection(rules=Rules(), keeps_incomplete=False, language="ja")
    everybody = frames.load(crowd).select(Selection())
    selected = frames.load(crowd).select(selection)
    lost = sum(each.answers for each in selected.left_out)
    assert lost + len(selected.answers) == len(everybody.answers)
    assert all(each.people or each.answers for each in selected.left_out)


def test_a_result_is_computed_once_until_an_answer_comes():
    study = composed(words=3, contents=1)
    person = make_participant(study)
    give(person, next_trial(person))
    calls = []

    def count(answers, least=0):
        calls.append(least)
        return len(answers)

    for _ in range(2):
        frames.counted(study).once(count)
        frames.counted(study).once(count, least=1)
    assert calls == [0, 1]
    give(person, next_trial(person))
    frames.counted(study).once(count)
    assert calls == [0, 1, 0]


def test_nobody():
    study = composed(words=3, contents=1)
    selected = frames.counted(study)
    assert (len(selected.answers), len(selected.people), selected.left_out) == (0, 0, ())
    assert selected.grids().grid.shape[0] == 0
    assert len(read_answers(study, selected.frame.layout, {1})) == 0
