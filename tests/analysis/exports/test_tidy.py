"""The rows of the export, compared with the stored answers one by one."""

from __future__ import annotations

import csv
import io
import json

import pytest

from analysis import frames
from analysis.exports import ExportError, csvfile, tidy
from analysis.exports.columns import COLUMNS, NAMES, Kind
from analysis.tidy import read_lines
from generation.models import ContentImage, Word
from survey.models import Familiarity, Option, Study, Trial
from survey.services.withdraw import withdraw
from tests.analysis import factories, recount
from tests.analysis.exports.conftest import MOMENT, table
from tests.survey.studies import finish, make_conditions, make_participant
from tests.survey.studies import make_study as compose_study

REFERENCE = "participant,word,content,position,options,chosen_word,chosen_cluster,rt_ms"


def exported(study, condition=""):
    rows = tidy.rows(study, frames.counted(study, condition).trials())
    return table(b"".join(csvfile.pieces(rows)))


def images(trial):
    """What the grid of a trial shows, cell by cell."""
    options = {option.pk: option for option in trial.question.options.all()}
    for pk in trial.grid:
        cluster = options[pk].stylised.cluster if options[pk].stylised else None
        yield {"word": cluster.word.reading, "cluster": cluster.index} if cluster else {
            "word": "", "cluster": None,
        }  # fmt: skip


def test_the_first_columns_are_those_that_the_statistics_read():
    assert ",".join(NAMES).startswith(f"{REFERENCE},")
    assert len(set(NAMES)) == len(NAMES)


def test_every_stored_answer_is_one_row(study):
    stored = sorted(recount.counted(study), key=lambda t: (t.participant_id, t.order))
    rows = exported(study)
    assert len(rows) == len(stored) == tidy.count(frames.counted(study).trials())
    assert [(row["participant"], int(row["order"])) for row in rows] == [
        (f"P{trial.participant_id}", trial.order) for trial in stored
    ]
    for row, trial in zip(rows, stored, strict=True):
        cluster = trial.chosen.stylised.cluster if trial.chosen.stylised else None
        assert row["word"] == (trial.question.word.reading if trial.question.word else "")
        assert row["content"] == trial.question.content.name
        assert trial.grid[int(row["position"])] == trial.chosen_id
        assert json.loads(row["options"]) == list(images(trial))
        assert row["chosen_word"] == (cluster.word.reading if cluster else "")
        assert row["chosen_cluster"] == (str(cluster.index) if cluster else "")
        assert row["correct"] == str(int(trial.chosen.is_target))
        assert row["chosen_sha256"] == trial.chosen.sha256
        assert (row["question"], row["kind"]) == (str(trial.question.index), trial.question.kind)


def test_what_was_measured_and_who_it_was(study):
    stored = {(f"P{t.participant_id}", t.order): t for t in recount.counted(study)}
    for row in exported(study):
        trial = stored[row["participant"], int(row["order"])]
        person = trial.participant
        assert row["rt_ms"] == ("" if trial.response_ms is None else str(trial.response_ms))
        assert (row["load_ms"], row["blurs"]) == (str(trial.load_ms), str(trial.blurs))
        sizes = [row[name] for name in ("viewport_width", "viewport_height", "pixel_ratio")]
        assert sizes == (["390", "844.5", "3"] if trial.screen else ["", "", ""])
        assert row["answered_at"] == trial.answered_at.strftime("%Y-%m-%dT%H:%M:%S.250Z")
        assert (row["origin"], row["language"]) == (person.origin, "ja")
        assert row["finished"] == str(int(person.finished_at is not None))
        level = Familiarity.objects.filter(participant=person, word=trial.question.word).first()
        assert row["familiarity"] == (str(level.level) if level else "")
    assert {row["answered_at"] for row in exported(study)} >= {f"{MOMENT:%Y-%m-%dT%H:%M:%S}.250Z"}


def test_chance_recipe_and_study(study):
    recipe = study.questions.first().recipe
    for row in exported(study):
        targets = "3" if row["kind"] == "word" else "1"
        assert (row["targets"], row["n_options"]) == (targets, "9")
        assert float(row["chance"]) == int(targets) / 9
        assert (row["study"], row["composition"], row["version"]) == ("study", "1", "1")
        if row["kind"] == "word":
            assert (row["condition"], row["recipe_sha256"]) == (recipe.name, recipe.sha256)
            assert row["seed"] == "0"


def test_sums_are_those_of_the_dashboard(crowd):
    rows = exported(crowd)
    for cell in frames.cells(frames.counted(crowd)):
        own = [row for row in rows if int(row["question"]) == cell.index]
        assert len(own) == cell.answers
        assert sum(int(row["correct"]) for row in own) == cell.correct
        assert {(row["targets"], row["n_options"]) for row in own} <= {
            (str(cell.targets), str(cell.options))
        }


def test_the_statistics_read_it(study):
    rows = tidy.rows(study, frames.counted(study).trials())
    found = read_lines(io.StringIO(b"".join(csvfile.pieces(rows)).decode(), newline=""))
    trials = recount.counted(study)
    words = recount.about_words(trials)
    assert len(found.answers) == len(words)
    assert found.answers.correct.sum() == sum(trial.chosen.is_target for trial in words)
    assert len(found.catches) == len(trials) - len(words)


def test_one_condition(db):
    study = make_conditions("other")
    finish(make_participant(study))
    rows = exported(study, "other")
    assert {row["condition"] for row in rows} == {"other"}
    assert len(rows) == 2 * 3
    everything = exported(study)
    mixed = [json.loads(row["options"]) for row in everything if row["kind"] == "catch"]
    named = {each.get("condition") for grid in mixed for each in grid if each["word"]}
    assert named == {"test", "other"}
    assert all("condition" not in row["options"] for row in everything if row["kind"] == "word")


def test_redrawn_distractors(db):
    study = compose_study(words=6, distractors="redrawn")
    for _ in range(3):
        finish(make_participant(study))
    stored = {(f"P{t.participant_id}", t.order): t for t in recount.counted(study)}
    rows = exported(study)
    assert len(rows) == len(stored) == 3 * 14
    for row in rows:
        trial = stored[row["participant"], int(row["order"])]
        assert json.loads(row["options"]) == list(images(trial))
        assert row["n_options"] == "9"


def test_who_withdrew_is_not_there(study):
    person = study.participants.first()
    before = exported(study)
    withdraw(participant=person)
    after = exported(study)
    assert after == [row for row in before if row["participant"] != f"P{person.pk}"]
    assert 0 < len(after) < len(before)


def test_nothing_says_who_it_is(study):
    person = study.participants.first()
    person.recruiter_id, person.label = "prolific-5f3a", "label-7c"
    person.save()
    text = b"".join(csvfile.pieces(tidy.rows(study, frames.counted(study).trials()))).decode()
    tokens = [str(person.token), *(str(trial.token) for trial in person.trials.all())]
    for secret in (person.recruiter_id, person.label, person.completion_code, *tokens):
        assert secret not in text


def test_a_study_without_answers_has_a_header(db):
    study = Study.objects.create(slug="empty")
    (header,) = csvfile.pieces(tidy.rows(study, frames.counted(study).trials()))
    assert header == (",".join(NAMES) + "\r\n").encode()


def test_commas_quotes_and_japanese_come_back(study):
    content = ContentImage.objects.first()
    name = '写真, "コーヒー"\n2'
    ContentImage.objects.filter(pk=content.pk).update(name=name)
    assert {row["content"] for row in exported(study)} >= {name}


def test_no_name_runs_as_a_formula_and_it_is_the_same_everywhere(study):
    word = study.questions.get(index=0).word
    Word.objects.filter(pk=word.pk).update(reading="-2+3")
    rows = [row for row in exported(study) if row["word"] == "'-2+3"]
    assert rows
    assert not any(cell.startswith("-") for row in exported(study) for cell in row.values())
    for row in rows:
        right = row["chosen_word"] == row["word"]
        assert row["correct"] == str(int(right))
        offered = [each["word"] for each in json.loads(row["options"])]
        assert offered[int(row["position"])] == row["chosen_word"]


def test_an_answer_outside_its_grid_is_an_error_that_names_it(study):
    trial = recount.counted(study)[0]
    grid = [*trial.grid[:-1], Option.objects.last().pk + 1]
    Trial.objects.filter(pk=trial.pk).update(grid=grid)
    with pytest.raises(ExportError, match=rf"answer {trial.pk}: expected a question of study"):
        exported(study)


def test_an_answer_to_another_studys_question_is_an_error(study):
    other = factories.Study.objects.create(slug="other")
    trial = recount.counted(study)[0]
    question = other.questions.create(
        index=0, content=trial.question.content, word=Word.objects.first()
    )
    Trial.objects.filter(pk=trial.pk).update(question=question)
    with pytest.raises(ExportError, match=str(trial.pk)):
        exported(study)


def test_empty_values_are_where_the_codebook_says(study):
    rows = exported(study)
    for column in COLUMNS:
        values = {row[column.name] for row in rows}
        assert column.can_be_empty or "" not in values, column.name
        if column.kind == Kind.YES_NO:
            assert values <= {"0", "1"}
        if column.kind == Kind.INTEGER:
            assert all(value.isdecimal() for value in values - {""})


def test_a_field_is_never_split(study):
    text = b"".join(csvfile.pieces(tidy.rows(study, frames.counted(study).trials()))).decode()
    assert {len(row) for row in csv.reader(io.StringIO(text, newline=""))} == {len(NAMES)}
    assert text.count("\n") == len(exported(study)) + 1


def test_the_expected_size_is_about_right(study):
    rows = tidy.count(frames.counted(study).trials())
    size = sum(map(len, csvfile.pieces(tidy.rows(study, frames.counted(study).trials()))))
    assert size == pytest.approx(
        csvfile.expected_bytes(rows, frames.cells(frames.counted(study))), rel=0.25
    )
    assert csvfile.expected_bytes(0, []) == 0


@pytest.mark.parametrize("people", [2, 12])
def test_queries_do_not_grow_with_answers(db, django_assert_num_queries, people):
    study = factories.make_study()
    factories.add_people(study, people)
    trials = frames.counted(study).trials()
    with django_assert_num_queries(3):
        assert len(list(tidy.rows(study, trials))) == people * 8
