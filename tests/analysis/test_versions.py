"""Studies that were composed again, and those whose distractors are drawn for each person."""

from collections import Counter

import pytest

from analysis import frames
from survey.models import Option, Trial
from tests.survey.studies import finish, make_participant, make_study

pytestmark = pytest.mark.django_db


def test_results_are_of_the_questions_in_force():
    study = make_study()
    finish(make_participant(study))
    study = make_study(options=8, new_version=True)
    assert [cell.answers for cell in frames.cells(frames.counted(study))] == [0] * 8
    finish(make_participant(study))
    cells = frames.cells(frames.counted(study))
    assert [cell.answers for cell in cells] == [1] * 8
    assert {cell.options for cell in cells} == {8}
    study.composition = 1
    earlier = frames.cells(frames.counted(study))
    assert [cell.answers for cell in earlier] == [1] * 8
    assert {cell.options for cell in earlier} == {9}


def test_redrawn_distractors_count_where_they_were_shown():
    study = make_study(contents=1, words=4, distractors="redrawn")
    for _ in range(3):
        finish(make_participant(study))
    cells = frames.cells(frames.counted(study))
    assert {(cell.targets, cell.options) for cell in cells if cell.word} == {(3, 9)}
    shown, chosen = Counter(), Counter()
    for trial in Trial.objects.filter(question__kind="word").select_related("question"):
        for option in Option.objects.filter(pk__in=trial.grid, is_target=False):
            shown[option.stylised_id] += 1
            chosen[option.stylised_id] += option.pk == trial.chosen_id
    (table,) = frames.vote_tables(frames.counted(study), reading="fusafusa", cells=cells)
    stimuli = [stimulus for row in table.rows for stimulus in row.stimuli]
    targets = Option.objects.filter(question__word__reading="fusafusa", is_target=True)
    own = targets.values_list("stylised", flat=True)
    assert [s.answers for s in stimuli] == [3, 3, 3]
    assert sum(s.lure_answers for s in stimuli) == sum(shown[pk] for pk in own) == 18
    assert sum(s.lure_votes for s in stimuli) == sum(chosen[pk] for pk in own)
