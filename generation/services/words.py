"""A file of words that a researcher edits <-> Word, all of its rows or none."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from generation.models import Word
from storage.whole import write_whole

DEFAULT = Path(__file__).parents[1] / "fixtures" / "words.csv"
COLUMNS = ("word", "reading", "gloss", "ja", "en")

# A further column holds phrases in another language, or the sample textures of a word.
_PHRASES = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*|samples", re.IGNORECASE)
_BETWEEN = "|"
_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_HALF_WIDTH = re.compile(r"[ｦ-ﾟ]")
_LATIN = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]")
_READING = re.compile(r"[A-Za-z0-9_-]+")


class WordsError(Exception):
    """Nothing was stored, or nothing written; `faults` names every row at fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Row:
    """A word as a file has it; the row of the header is number 1."""

    number: int
    text: str
    reading: str
    gloss: str
    phrases: Mapping[str, list[str]]


@dataclass
class WordsReport:
    """The readings of the words, by what became of them."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # as they are in the database
    differing: int = 0  # of those left, whose gloss or phrases are other ones in the file


def read_words(path: Path = DEFAULT) -> list[Row]:
    """The words of a CSV file in UTF-8, with or without BOM; by default those that come along.

    Its columns, in any order, are word (ふさふさ), reading (fusafusa), gloss, and the search
    phrases in Japanese (ja) and English (en), separated by "|". Columns of other languages, named
    by their codes, may follow.

    Raises WordsError, which names every row at fault.
    """
    columns, lines = _lines(path)
    if not lines:
        raise WordsError([f"expected rows below the header of {path}, there are none"])
    rows, faults = [], []
    for number, cells in lines:
        row = _row(number, columns, cells)
        if isinstance(row, Row):
            rows.append(row)
        else:
            faults += row
    faults += _twice(rows)
    if faults:
        raise WordsError(faults)
    return rows


@transaction.atomic
def save_words(*, rows: Sequence[Row], update: bool = False) -> WordsReport:
    """Store the words that there are not yet; `update` gives the others the file's gloss, phrases.

    Phrases in languages that the file has no column of stay. Raises WordsError, and stores
    nothing, where a word has another reading in the database, or a reading is another word's.
    """
    words = list(Word.objects.select_for_update())
    by_text = {unicodedata.normalize("NFC", word.text): word for word in words}
    by_reading = {word.reading: word for word in words}
    report, faults = WordsReport(), []
    for row in rows:
        same, namesake = by_text.get(row.text), by_reading.get(row.reading)
        if same != namesake:
            faults.append(_conflict(row, same, namesake))
        elif same is None:
            Word.objects.create(
                text=row.text, reading=row.reading, gloss=row.gloss, phrases=_filled(row.phrases)
            )
            report.added.append(row.reading)
        else:
            _meet(same, row, report, update=update)
    if faults:
        raise WordsError(faults)
    return report


def export_words(*, path: Path) -> int:
    """Write the database's words as such a file, with BOM for spreadsheets; returns how many.

    Raises WordsError where a file is there already, and for words that could not be read back.
    """
    if path.exists():
        raise WordsError([f"expected a new file, {path} is there already"])
    words = list(Word.objects.order_by("reading"))
    if faults := [f"{word}: {fault}" for word in words for fault in _unwritable(word)]:
        raise WordsError(faults)
    further = sorted({key for word in words for key in word.phrases} - set(COLUMNS))
    languages = (*COLUMNS[3:], *further)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*COLUMNS[:3], *languages])
    for word in words:
        phrases = (f" {_BETWEEN} ".join(word.phrases.get(key, [])) for key in languages)
        table.writerow([word.text, word.reading, word.gloss, *phrases])
    write_whole(path, text.getvalue().encode("utf-8-sig"))
    return len(words)


def _unwritable(word: Word) -> Iterator[str]:
    """Why a file of this word would be refused."""
    yield from _faults(word.text, word.reading, word.gloss)
    for key, phrases in word.phrases.items():
        if not _PHRASES.fullmatch(key):
            yield f"expected the code of a language for its phrases, got {key!r}"
        for phrase in phrases:
            if _BETWEEN in phrase:
                yield f"expected phrases without {_BETWEEN!r}, got {phrase!r}"


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header's names, and the rows that are not empty with their numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.reader(file, strict=True))
    except UnicodeDecodeError as error:
        raise WordsError([f"expected {path} in UTF-8: {error}"]) from error
    except csv.Error as error:
        raise WordsError([f"expected {path} as CSV: {error}"]) from error
    except OSError as error:
        raise WordsError([f"expected the file {path}: {error.strerror}"]) from error
    columns = [name.strip() for name in table[0]] if table else []
    further = [name for name in columns if name not in COLUMNS]
    if (
        set(COLUMNS) - set(columns)
        or len(columns) > len(set(columns))
        or not all(map(_PHRASES.fullmatch, further))
    ):
        raise WordsError(
            [f"row 1: expected the columns {', '.join(COLUMNS)} once each, and codes of further "
             f"languages, got {', '.join(columns) or 'none'}"]
        )  # fmt: skip
    # A spreadsheet may leave empty rows.
    return columns, [(n, cells) for n, cells in enumerate(table[1:], start=2) if any(cells)]


def _row(number: int, columns: Sequence[str], cells: Sequence[str]) -> Row | list[str]:
    """The row, or all that is wrong with it."""
    if len(cells) != len(columns):
        return [f"row {number}: expected {len(columns)} cells, got {len(cells)}"]
    # A spreadsheet on a Mac may write ざ as two characters.
    values = {
        name: unicodedata.normalize("NFC", cell).strip()
        for name, cell in zip(columns, cells, strict=True)
    }
    text, reading, gloss = (values.pop(name) for name in COLUMNS[:3])
    if faults := [f"row {number}: {fault}" for fault in _faults(text, reading, gloss)]:
        return faults
    phrases = {key: _split(value) for key, value in values.items()}
    return Row(number, text, reading, gloss, phrases)


def _faults(text: str, reading: str, gloss: str) -> Iterator[str]:
    if not text:
        yield "expected a word, got an empty cell"
    elif _HALF_WIDTH.search(text) or (_KANA.search(text) and _LATIN.search(text)):
        yield f"word: expected kana of full width without Latin letters, as ふさふさ, got {text!r}"
    if not _READING.fullmatch(reading):
        yield f"reading: expected Latin letters without spaces, as fusafusa, got {reading!r}"
        reading = "-"
    try:
        Word(text=text or "-", reading=reading, gloss=gloss).clean_fields()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield f"{name}: {' '.join(messages)}"


def _split(cell: str) -> list[str]:
    return [phrase.strip() for phrase in cell.split(_BETWEEN) if phrase.strip()]


def _filled(phrases: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Without the languages that have none."""
    return {key: found for key, found in phrases.items() if found}


def _twice(rows: Sequence[Row]) -> Iterator[str]:
    for name in ("text", "reading"):
        first: dict[str, int] = {}
        for row in rows:
            value = getattr(row, name)
            if (before := first.setdefault(value, row.number)) != row.number:
                kind = "word" if name == "text" else name
                yield f"row {row.number}: expected each {kind} once, {value!r} is in row {before}"


def _conflict(row: Row, same: Word | None, namesake: Word | None) -> str:
    expected = (
        f"the reading {same.reading!r} that {row.text} has in the database, got {row.reading!r}"
        if same
        else f"another reading, {row.reading!r} is that of {namesake} in the database"
    )
    return f"row {row.number}: expected {expected}: change one of them"


def _meet(word: Word, row: Row, report: WordsReport, *, update: bool) -> None:
    """What becomes of a word that is there already."""
    phrases = _filled({**word.phrases, **row.phrases})
    if (word.gloss, word.phrases) == (row.gloss, phrases):
        report.left.append(row.reading)
    elif update:
        word.gloss, word.phrases = row.gloss, phrases
        word.save(update_fields=["gloss", "phrases"])
        report.updated.append(row.reading)
    else:
        report.left.append(row.reading)
        report.differing += 1
