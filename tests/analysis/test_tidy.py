from __future__ import annotations

import csv
import io
import json
import math
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from analysis import tidy
from analysis.tidy import TidyError
from tests.analysis.tidyfiles import HEADER, REFERENCE, grid, line, lines, row


def test_the_reference_file():
    found = tidy.read(REFERENCE)
    answers = found.answers
    assert (len(answers), len(answers.people), len(answers.questions)) == (621, 9, 69)
    assert len(answers.images) == 3 * 23 * 3
    assert int(answers.correct.sum()) == 344
    assert answers.people[0] == "p01"
    assert list(answers.words) == sorted(answers.words)
    assert {(each.is_fixed, each.chance) for each in answers.questions} == {(True, Fraction(1, 3))}
    assert len(found.catches) == 0


def test_a_row_becomes_what_it_says():
    answers = tidy.read_lines(lines(row())).answers
    assert (answers.people, answers.words, answers.contents) == (("p1",), ("fusa", "zara"), ("c0",))
    chosen = answers.images[answers.chosen[0]]
    assert (answers.words[chosen.word], chosen.cluster, chosen.condition) == ("zara", 1, "")
    assert answers.position.tolist() == [1]
    assert answers.rt_ms.tolist() == [1234.0]
    assert not answers.correct[0]
    shown = [answers.images[i] for i in answers.grid[0]]
    assert [(answers.words[i.word], i.cluster) for i in shown] == [
        ("fusa", 0), ("zara", 1), ("zara", 0),
    ]  # fmt: skip
    asked = answers.questions[0]
    assert (asked.targets, asked.options, len(asked.images)) == (1, 3, 3)


def test_order_of_columns_extra_columns_mark_and_line_ends_do_not_matter(tmp_path):
    plain = tidy.read(REFERENCE).answers
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        names = ["note", *reversed(rows[0])]
        writer = csv.DictWriter(file, names, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows({**each, "note": "改行\nあり"} for each in rows)
    found = tidy.read(path).answers
    assert found.images == plain.images
    assert found.questions == plain.questions
    for name in ("person", "question", "chosen", "position", "rt_ms", "grid"):
        assert np.array_equal(getattr(found, name), getattr(plain, name))


def test_times_may_be_missing_and_blank_lines_are_nothing():
    answers = tidy.read_lines([*lines(row(rt_ms="")), "\n"]).answers
    assert math.isnan(answers.rt_ms[0])
    assert len(answers) == 1


def test_catch_questions_are_counted_apart():
    passed = row(person="p2", word="", chosen_word="", chosen_cluster="")
    failed = row(person="p3", word="", chosen_word="fusa", chosen_cluster="1")
    found = tidy.read_lines(lines(row(), passed, failed))
    assert len(found.answers) == 1
    assert found.answers.people == ("p1", "p2", "p3")
    assert found.catches.person.tolist() == [1, 2]
    assert found.catches.passed.tolist() == [True, False]


def test_only_catch_questions():
    found = tidy.read_lines(lines(row(word="", chosen_word="", chosen_cluster="")))
    assert len(found.answers) == 0
    assert found.answers.grid.shape == (0, 0)


def test_grids_of_several_sizes_are_filled_up():
    wide = row(content="c1", options=grid(("fusa", 0), ("zara", 1), ("zara", 0), ("fusa", 1)))
    answers = tidy.read_lines(lines(row(), wide)).answers
    assert (answers.grid == -1).sum(axis=1).tolist() == [1, 0]
    assert answers.grid[0, 3] == -1


def test_one_person_is_asked_the_same_in_two_conditions():
    first, second = row(condition="plain"), row(condition="colour")
    answers = tidy.read_lines(lines(first, second, header=(*HEADER, "condition"))).answers
    assert [question.condition for question in answers.questions] == ["colour", "plain"]
    assert {image.condition for image in answers.images} == {"plain", "colour"}
    assert answers.question.tolist() == [1, 0]


def test_conditions_of_options_tell_images_apart():
    options = json.dumps(
        [{"word": "fusa", "cluster": 0, "condition": "a"},
         {"word": "zara", "cluster": 1, "condition": "a"},
         {"word": "zara", "cluster": 1, "condition": "b"}]
    )  # fmt: skip
    answers = tidy.read_lines(lines(row(options=options))).answers
    assert answers.images[answers.chosen[0]].condition == "a"


BAD_JSON = "[{"
NOT_A_CLUSTER = json.dumps([{"word": "fusa", "cluster": True}, {"word": "zara", "cluster": 1}])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"position": "1.5"}, r"row 3, column position: expected a whole number, got 1\.5"),
        ({"position": ""}, r"row 3, column position: expected a whole number, got nothing"),
        ({"position": "１"}, r"row 3, column position: expected a whole number"),
        ({"position": "3"}, r"row 3, column position: expected a cell of the grid, 0 to 2, got 3"),
        ({"position": "-1"}, r"row 3, column position: expected a cell of the grid, 0 to 2"),
        ({"chosen_word": "fusa"}, r"row 3, column chosen_word: expected 'zara', the image at 1"),
        ({"chosen_word": ""}, r"row 3, column chosen_word: .* got nothing"),
        ({"chosen_cluster": "0"}, r"row 3, column chosen_cluster: expected 1, the image at 1"),
        ({"chosen_cluster": "b"}, r"row 3, column chosen_cluster: expected a whole number"),
        ({"options": BAD_JSON}, r"row 3, column options: expected JSON"),
        ({"options": ""}, r"row 3, column options: expected JSON, got nothing"),
        ({"options": "{}"}, r"row 3, column options: expected a list"),
        ({"options": "[]"}, r"row 3, column options: expected a list"),
        ({"options": "[1]"}, r"row 3, column options: expected .*word.*, got 1"),
        ({"options": "[" * 100_000}, r"row 3, column options: expected JSON"),
        ({"options": NOT_A_CLUSTER}, r"row 3, column options: expected .*cluster"),
        ({"word": "toge"}, r"row 3, column options: expected an image of the asked word 'toge'"),
        ({"rt_ms": "fast"}, r"row 3, column rt_ms: expected milliseconds, or nothing, got fast"),
        ({"rt_ms": "nan"}, r"row 3, column rt_ms"),
        ({"rt_ms": "-5"}, r"row 3, column rt_ms"),
        ({"person": ""}, r"row 3, column participant: expected a name, got nothing"),
        ({"content": ""}, r"row 3, column content: expected a name, got nothing"),
        ({"person": "p1"}, r"row 3, column word: 'p1' has answered .*fusa, c0.* before, in row 2"),
        (
            {"options": grid(("fusa", 0), ("zara", 1), ("zara", 1))},
            r"row 3, column options: two images are 'zara', cluster 1: .* told apart",
        ),
        (
            {"options": grid(("fusa", 0), ("zara", 1), ("fusa", 1))},
            r"row 3, column options: expected 1 of 3 images of 'fusa', .* got 2 of 3",
        ),
        (
            {"options": grid(("fusa", 0), ("zara", 1))},
            r"row 3, column options: expected 1 of 3 images of 'fusa', .* got 1 of 2",
        ),
    ],
)
def test_a_malformed_row_is_refused_with_its_row_and_column(values, message):
    with pytest.raises(TidyError, match=message):
        tidy.read_lines(lines(row(), row(**({"person": "p2"} | values))))


@pytest.mark.parametrize("name", HEADER)
def test_a_missing_column_is_named(name):
    text = io.StringIO()
    writer = csv.DictWriter(text, [each for each in HEADER if each != name], extrasaction="ignore")
    writer.writeheader()
    writer.writerow(dict(zip(HEADER, row(), strict=True)))
    with pytest.raises(TidyError, match=f"row 1: there is no column {name}$"):
        tidy.read_lines(text.getvalue().splitlines(keepends=True))


def test_a_column_twice():
    with pytest.raises(TidyError, match="two columns word"):
        tidy.read_lines([line(*HEADER, "word")])


def test_a_row_with_too_few_values():
    with pytest.raises(TidyError, match="row 3: expected 8 columns, got 7"):
        tidy.read_lines([*lines(row()), line(*row()[:-1])])


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the file is empty"), (line(*HEADER), "no row below the header")],
)
def test_nothing_to_read(text, message, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(text)
    with pytest.raises(TidyError, match=message):
        tidy.read(path)


def test_a_file_that_ends_in_the_middle_of_a_value():
    with pytest.raises(TidyError, match="row 2: unexpected end of data"):
        tidy.read_lines([line(*HEADER), 'p1,fusa,c0,1,"[{'])


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes(line(*HEADER).encode() + "ふさふさ".encode("cp932"))
    with pytest.raises(TidyError, match="UTF-8"):
        tidy.read(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        tidy.read(tmp_path / "none.csv")


def test_memory_grows_by_the_numbers_alone():
    def many(people: int):
        yield line(*HEADER)
        for person in range(people):
            yield line(*row(person=f"p{person}"))

    def peak(people: int) -> int:
        tracemalloc.start()
        tidy.read_lines(many(people))
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    # An answer of three cells is 44 bytes of numbers and its person's name; read twice over.
    assert (peak(4000) - peak(2000)) / 2000 < 600


def test_the_reader_needs_no_django():
    source = "".join(path.read_text() for path in Path(tidy.__file__).parent.glob("*.py"))
    assert "django" not in source.lower()
