from collections import Counter
from fractions import Fraction

import pytest

from analysis import frames
from survey.models import Option, Participant, Study
from tests.analysis import factories, recount

pytestmark = pytest.mark.django_db


def test_cells(crowd):
    found = frames.cells(frames.counted(crowd))
    tally = recount.tally(recount.counted(crowd), lambda trial: trial.question_id)
    questions = list(crowd.questions.order_by("index"))
    assert len(found) == len(questions)
    for cell, question in zip(found, questions, strict=True):
        assert cell.index == question.index
        assert cell.content.name == question.content.name
        assert cell.content.picture.url == question.content.file.url
        assert (cell.content.picture.width, cell.content.picture.height) == (16, 16)
        assert (cell.word and cell.word.text) == (question.word and question.word.text)
        assert cell.chance == recount.chance(question)
        assert (cell.correct, cell.answers) == tally.get(question.pk, (0, 0))
        assert cell.others == cell.answers - cell.correct


def test_a_crowd_has_what_must_be_left_out(crowd):
    # Otherwise the comparisons above and below would hold of a code that leaves nothing out.
    answered = [t for t in _all_trials(crowd) if t.chosen]
    assert 0 < len(recount.counted(crowd)) < len(answered) < len(_all_trials(crowd))
    assert len({recount.chance(question) for question in crowd.questions.about_words()}) > 1
    assert Study.objects.count() == 2


def _all_trials(study):
    return [trial for person in study.participants.all() for trial in person.trials.all()]


def test_scores(crowd):
    trials = recount.about_words(recount.counted(crowd))
    expected = recount.tally(trials, lambda trial: trial.participant_id)
    assert sorted(frames.scores(frames.counted(crowd))) == sorted(expected.values())


def test_people(crowd):
    who = {trial.participant for trial in recount.counted(crowd)}
    assert frames.people(frames.counted(crowd)) == frames.People(len(who), 0)


@pytest.mark.parametrize("origins", [["bot"], ["live", "bot"]])
def test_people_tells_the_simulated_apart(crowd, origins):
    crowd.counted_origins = origins
    who = {trial.participant for trial in recount.counted(crowd)}
    simulated = sum(person.origin == "bot" for person in who)
    assert 0 < simulated <= len(who)
    assert frames.people(frames.counted(crowd)) == frames.People(len(who), simulated)


def test_origins(crowd):
    people = list(crowd.participants.all())
    found = frames.origins(frames.counted(crowd))
    assert [row.label for row in found] == ["live", "pilot", "preview", "simulated"]
    for row, origin in zip(found, Participant.Origin.values, strict=True):
        own = [person for person in people if person.origin == origin]
        assert row.counted == (origin in ("live", "pilot"))
        assert row.started == len(own)
        assert row.complete == sum(person.finished_at is not None for person in own)


def test_origins_that_nobody_has_are_left_out():
    study = factories.make_study()
    factories.add_people(study, 1, origin="preview")
    assert [row.label for row in frames.origins(frames.counted(study))] == ["preview"]


def test_option_votes(crowd):
    votes = Counter(trial.chosen_id for trial in recount.counted(crowd))
    for cell in frames.cells(frames.counted(crowd)):
        found = frames.option_votes(frames.counted(crowd), index=cell.index)
        options = list(Option.objects.filter(question__study=crowd, question__index=cell.index))
        assert [option.votes for option in found] == [votes[option.pk] for option in options]
        assert sum(option.votes for option in found) == cell.answers
        assert sum(option.votes for option in found if option.is_target) == cell.correct
        for row, option in zip(found, options, strict=True):
            assert row.picture.url == option.image.file.url
            assert row.is_target == option.is_target
            cluster = option.stylised.cluster if option.stylised else None
            assert row.cluster == (cluster and cluster.index)
            assert (row.word and row.word.reading) == (cluster and cluster.word.reading)


def test_vote_tables(crowd):
    cells = frames.cells(frames.counted(crowd))
    votes = Counter(trial.chosen_id for trial in recount.counted(crowd))
    answers = Counter(trial.question_id for trial in recount.counted(crowd))
    for word in {cell.word for cell in cells if cell.word}:
        (table,) = frames.vote_tables(frames.counted(crowd), reading=word.reading, cells=cells)
        assert table.columns == tuple(cell for cell in cells if cell.word == word)
        seen = []
        for row in table.rows:
            for cell, stimulus in zip(table.columns, row.stimuli, strict=True):
                option = crowd.questions.get(index=cell.index).options.get(
                    is_target=True, stylised__cluster__index=row.cluster
                )
                lures = [
                    other
                    for other in Option.objects.filter(
                        question__study=crowd, stylised=option.stylised, is_target=False
                    ).select_related("question")
                    if other.question.word_id
                ]
                assert stimulus.picture.url == option.image.file.url
                assert stimulus.votes == votes[option.pk]
                assert stimulus.answers == cell.answers
                assert stimulus.lure_votes == sum(votes[lure.pk] for lure in lures)
                assert stimulus.lure_answers == sum(answers[lure.question_id] for lure in lures)
                seen.append(option.pk)
        targets = Option.objects.filter(
            question__study=crowd, question__word__reading=word.reading, is_target=True
        )
        assert sorted(seen) == sorted(targets.values_list("pk", flat=True))
        assert sum(row.votes for row in table.rows) == sum(cell.correct for cell in table.columns)


def test_every_distractor_vote_is_a_lure_of_some_word(crowd):
    cells = frames.cells(frames.counted(crowd))
    lured = sum(
        stimulus.lure_votes
        for reading in {cell.word.reading for cell in cells if cell.word}
        for table in frames.vote_tables(frames.counted(crowd), reading=reading, cells=cells)
        for row in table.rows
        for stimulus in row.stimuli
    )
    assert lured == sum(cell.others for cell in cells if cell.word)


def test_an_image_that_a_question_does_not_offer_leaves_a_gap():
    study = factories.make_study(contents=2, words=2)
    study.questions.first().options.filter(is_target=True, stylised__cluster__index=1).delete()
    reading = study.questions.first().word.reading
    (table,) = frames.vote_tables(
        frames.counted(study), reading=reading, cells=frames.cells(frames.counted(study))
    )
    assert [[bool(s) for s in row.stimuli] for row in table.rows] == [
        [True, True],
        [False, True],
        [True, True],
    ]


def test_a_study_without_questions():
    study = Study.objects.create(slug="empty")
    assert frames.cells(frames.counted(study)) == []
    assert frames.scores(frames.counted(study)) == []
    assert frames.people(frames.counted(study)) == frames.People(0, 0)
    assert frames.origins(frames.counted(study)) == []


def test_chance_is_targets_among_options():
    study = factories.make_study(contents=1, words=3, clusters=2, options=5)
    assert {cell.chance for cell in frames.cells(frames.counted(study)) if cell.word} == {
        Fraction(2, 5)
    }
    assert {cell.chance for cell in frames.cells(frames.counted(study)) if not cell.word} == {
        Fraction(1, 5)
    }
