"""Reads rows, one after another, and refuses what cannot be an answer."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from analysis.tidy import table, values
from analysis.tidy.table import Columns, Tidy
from analysis.tidy.values import Option, TidyError

COLUMNS = (
    "participant", "word", "content", "position", "options", "chosen_word", "chosen_cluster",
    "rt_ms",
)  # fmt: skip


def read(path: Path) -> Tidy:
    """The answers of a tidy file; raises TidyError where it is not one, OSError if it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_lines(file)
    except UnicodeDecodeError as error:
        raise TidyError(f"expected text in UTF-8, {error.reason} at byte {error.start}") from error


def read_lines(lines: Iterable[str]) -> Tidy:
    """The answers of the lines of a tidy file."""
    columns = Columns()
    for number, record in _records(lines):
        _add(columns, number, record)
    if not columns.row and not columns.catch_person:
        raise TidyError("expected answers, but there is no row below the header")
    _refuse_twice(columns)
    return Tidy(table.answers(columns), table.catches(columns))


def _records(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number, by column; blank lines are skipped."""
    reader = csv.reader(lines, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            if number == 1:
                header = _header(record)
            elif record:
                if len(record) != len(header):
                    raise TidyError(
                        f"row {number}: expected {len(header)} columns, got {len(record)}"
                    )
                yield number, dict(zip(header, record, strict=True))
    except csv.Error as error:
        raise TidyError(f"row {number + 1}: {error}") from error
    if number == 0:
        raise TidyError(f"expected the columns {', '.join(COLUMNS)}, but the file is empty")


def _header(record: list[str]) -> list[str]:
    missing = [name for name in COLUMNS if name not in record]
    if missing:
        raise TidyError(f"row 1: there is no column {', '.join(missing)}")
    twice = sorted({name for name in record if record.count(name) > 1})
    if twice:
        raise TidyError(f"row 1: there are two columns {', '.join(twice)}")
    return record


def _add(columns: Columns, number: int, record: dict[str, str]) -> None:
    """One answer; every value is checked before any is kept."""
    for name in ("participant", "content"):
        if not record[name]:
            values.refuse(number, name, "a name", "nothing")
    if not record["word"]:
        columns.catch_person.append(columns.people[record["participant"]])
        columns.catch_passed.append(not record["chosen_word"])
        return
    content, condition = record["content"], record.get("condition", "")
    options = values.options(number, record["options"], condition)
    position = values.position(number, record["position"], len(options))
    values.check_chosen(number, record, options, position)
    time = values.time(number, record["rt_ms"])
    question = columns.questions[content, record["word"], condition]
    _check_size(columns, number, question, record["word"], options)

    images = columns.images
    grid = [images[content, *option] for option in options]
    columns.offered.setdefault(question, set()).update(grid)
    columns.row.append(number)
    columns.person.append(columns.people[record["participant"]])
    columns.question.append(question)
    columns.chosen.append(grid[position])
    columns.position.append(position)
    columns.rt_ms.append(time)
    columns.cells.extend(grid)


def _check_size(
    columns: Columns, number: int, question: int, word: str, options: tuple[Option, ...]
) -> None:
    """A question has as many targets and options for everybody: its chance level is one number."""
    targets = sum(option[0] == word for option in options)
    if not targets:
        values.refuse(number, "options", f"an image of the asked word {word!r}", "none")
    size = columns.sizes.setdefault(question, (targets, len(options)))
    if size != (targets, len(options)):
        expected = f"{size[0]} of {size[1]} images of {word!r}, as in the rows above"
        values.refuse(number, "options", expected, f"{targets} of {len(options)}")


def _refuse_twice(columns: Columns) -> None:
    person, question = np.asarray(columns.person), np.asarray(columns.question)
    pairs = person.astype(np.int64) * max(1, len(columns.questions)) + question
    order = np.argsort(pairs, kind="stable")
    again = np.flatnonzero(np.diff(pairs[order]) == 0)
    if len(again) == 0:
        return
    second = int(order[again + 1].min())
    first = int(np.flatnonzero(pairs == pairs[second])[0])
    content, word, condition = list(columns.questions)[question[second]]
    name = list(columns.people)[person[second]]
    asked = ", ".join(each for each in (word, content, condition) if each)
    raise TidyError(
        f"row {columns.row[second]}, column word: {name!r} has answered the question "
        f"({asked}) before, in row {columns.row[first]}"
    )
