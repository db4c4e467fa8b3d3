"""Files of votes as reports print them: read whole, or refused with the place of the fault.

A JSON file is one object:

    {"participants": 9, "targets": 3, "options": 9, "contents": ["0", "1", "2"],
     "votes": {"fusafusa": [[2, 3, 5], [1, 0, 2], [0, 2, 0]]}}

`votes` has a table a word, its style clusters as rows and the content images as columns. A column
is a question that everybody answered once, so what its votes lack to `participants` chose a
distractor. Optional are `words` ({"fusafusa": {"text": "ふさふさ", "gloss": "fluffy"}}), `title`
and `notes` (text, or {"ja": "...", "en": "..."}), `source` ({"citation", "url", "licence"}) and
`other_options`: how many images a question had by another reading of the report.

A CSV file has the columns word, cluster, content, votes, and a row for each image.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.stats import StatisticsError
from analysis.votes import QuestionVotes, WordVotes

if TYPE_CHECKING:
    from _csv import Reader

COLUMNS = ("word", "cluster", "content", "votes")
_NEEDED = ("participants", "targets", "options", "contents", "votes")
_OPTIONAL = ("words", "title", "notes", "source", "other_options")
_LANGUAGES = ("ja", "en")
_SOURCE = ("citation", "url", "licence")
_WORD = ("text", "gloss")
# More people than any study has; a larger number is a slip, and takes minutes to compute with.
_MOST_PEOPLE = 1_000_000
_MOST_OPTIONS = 1_000

Texts = Mapping[str, str]


class VotesError(StatisticsError):
    """A file of votes that cannot be read: where, what was expected, and what came."""


@dataclass(frozen=True, slots=True)
class Design:
    """How many people answered each question, and what each question offered them."""

    participants: int
    targets: int
    options: int

    def __post_init__(self) -> None:
        whole(self.participants, "participants", low=1, high=_MOST_PEOPLE)
        whole(self.options, "options", low=2, high=_MOST_OPTIONS)
        whole(self.targets, "targets", low=1, high=self.options - 1)


@dataclass(frozen=True, slots=True)
class Report:
    """What a file of votes says; texts are empty where it does not say them."""

    participants: int
    tables: tuple[WordVotes, ...]
    words: Mapping[str, Texts] = field(default_factory=dict)
    title: Texts = field(default_factory=dict)
    notes: Texts = field(default_factory=dict)
    source: Texts = field(default_factory=dict)
    other_options: int | None = None


def read_json(text: str) -> Report:
    """The report in a JSON file; raises VotesError."""
    found = _keys(_parsed(text), "the file", needed=_NEEDED, optional=_OPTIONAL)
    design = Design(*(found[key] for key in ("participants", "targets", "options")))
    contents = _names(found["contents"])
    tables = _mapping(found["votes"], "votes")
    if not tables:
        raise VotesError("votes: expected one word or more, got none")
    return Report(
        participants=design.participants,
        tables=tuple(_table(word, rows, contents, design) for word, rows in tables.items()),
        words=_words(found.get("words", {}), tables),
        title=_texts(found.get("title", {}), "title"),
        notes=_texts(found.get("notes", {}), "notes"),
        source=_strings(found.get("source", {}), "source", _SOURCE),
        other_options=_other_options(found.get("other_options"), design),
    )


def read_csv(text: str, design: Design) -> Report:
    """The report in a CSV file of votes; words, clusters and contents stand as they come."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _report(rows, design)
    except csv.Error as error:
        raise VotesError(f"row {rows.line_num}: expected CSV, got {error}") from error


def _report(rows: Reader, design: Design) -> Report:
    header = next(rows, [])
    if sorted(header) != sorted(COLUMNS):
        raise VotesError(
            f"row 1: expected the columns {', '.join(COLUMNS)}, got {', '.join(header) or 'none'}"
        )
    seen: dict[tuple[str, int, str], tuple[int, int]] = {}
    for cells in rows:
        if cells:
            _add(seen, rows.line_num, header, cells)
    if not seen:
        raise VotesError("row 2: expected one row of votes or more, got none")
    words = dict.fromkeys(word for word, _cluster, _content in seen)
    contents = tuple(dict.fromkeys(content for _word, _cluster, content in seen))
    tables = tuple(_gathered(word, seen, contents, design) for word in words)
    return Report(participants=design.participants, tables=tables)


def whole(value: object, place: str, *, low: int, high: int) -> int:
    """The value, if it is a whole number in this range; raises VotesError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise VotesError(
            f"{place}: expected a whole number from {low} to {high}, got {_shown(value)}"
        )
    return value


def _add(
    seen: dict[tuple[str, int, str], tuple[int, int]],
    row: int,
    header: Sequence[str],
    cells: Sequence[str],
) -> None:
    if len(cells) != len(header):
        raise VotesError(f"row {row}: expected {len(header)} cells, got {len(cells)}")
    named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    for column in ("word", "content"):
        if not named[column] or not _is_text(named[column]):
            shown = _shown(named[column]) if named[column] else "nothing"
            raise VotesError(f"row {row}, column {column}: expected a name, got {shown}")
    numbers = {column: _number(named[column], row, column) for column in ("cluster", "votes")}
    key = named["word"], numbers["cluster"], named["content"]
    if key in seen:
        raise VotesError(
            f"row {row}: expected an image once, got word {key[0]}, cluster {key[1]},"
            f" content {key[2]} a second time, after row {seen[key][0]}"
        )
    seen[key] = row, numbers["votes"]


def _number(cell: str, row: int, column: str) -> int:
    value = int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else cell
    return whole(value, f"row {row}, column {column}", low=0, high=_MOST_PEOPLE)


def _gathered(
    word: str,
    seen: Mapping[tuple[str, int, str], tuple[int, int]],
    contents: tuple[str, ...],
    design: Design,
) -> WordVotes:
    clusters = tuple(sorted({cluster for of, cluster, _content in seen if of == word}))
    for cluster in clusters:
        for content in contents:
            if (word, cluster, content) not in seen:
                raise VotesError(
                    f"word {word}: expected a row for every cluster on every content, 0 votes"
                    f" included; got none for cluster {cluster}, content {content}"
                )
    rows = [[seen[word, cluster, content][1] for content in contents] for cluster in clusters]
    return _checked(word, clusters, rows, contents, design)


def _table(word: str, rows: object, contents: tuple[str, ...], design: Design) -> WordVotes:
    if not word.strip() or not _is_text(word):
        raise VotesError(f"votes: expected words, got {_shown(word)}")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise VotesError(f"votes, word {word}: expected a list of rows, got {_shown(rows)}")
    for cluster, row in enumerate(rows):
        place = f"votes, word {word}, cluster {cluster}"
        if len(row) != len(contents):
            raise VotesError(
                f"{place}: expected {len(contents)} votes, one a content, got {len(row)}"
            )
        for content, votes in zip(contents, row, strict=True):
            whole(votes, f"{place}, content {content}", low=0, high=design.participants)
    return _checked(word, tuple(range(len(rows))), rows, contents, design)


def _checked(
    word: str,
    clusters: tuple[int, ...],
    rows: Sequence[Sequence[int]],
    contents: tuple[str, ...],
    design: Design,
) -> WordVotes:
    if len(rows) != design.targets:
        raise VotesError(
            f"word {word}: expected {design.targets} clusters, one a target, got {len(rows)}"
        )
    questions = []
    for content, votes in zip(contents, zip(*rows, strict=True), strict=True):
        if sum(votes) > design.participants:
            raise VotesError(
                f"word {word}, content {content}: expected at most {design.participants} votes,"
                f" one a person, got {' + '.join(map(str, votes))} = {sum(votes)}"
            )
        questions.append(
            QuestionVotes(content, design.targets, design.options, design.participants, votes)
        )
    return WordVotes(word, clusters, tuple(questions))


def _parsed(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise VotesError(
            f"row {error.lineno}, column {error.colno}: expected JSON, got {error.msg}"
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise VotesError(f"the file: expected JSON, got {error}") from error
    except RecursionError as error:
        raise VotesError("the file: expected JSON of a few levels, got more") from error


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise VotesError(f"{twice}: expected it once, got it again")
    return found


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise VotesError(f"{place}: expected an object, got {_shown(value)}")
    return value


def _keys(
    value: object, place: str, *, needed: Sequence[str] = (), optional: Sequence[str]
) -> dict[str, Any]:
    found = _mapping(value, place)
    known = [*needed, *optional]
    if lacking := [key for key in needed if key not in found]:
        raise VotesError(f"{place}: expected {', '.join(needed)}, got no {', '.join(lacking)}")
    if unknown := [key for key in found if key not in known]:
        raise VotesError(f"{place}: expected only {', '.join(known)}, got {', '.join(unknown)}")
    return found


def _strings(value: object, place: str, known: Sequence[str]) -> dict[str, str]:
    found = _keys(value, place, optional=known)
    for key, text in found.items():
        if not _is_text(text):
            raise VotesError(f"{place}, {key}: expected text, got {_shown(text)}")
    return found


def _is_text(value: object) -> bool:
    """Whether it is text that every database stores: no halves of characters, no control codes."""
    return isinstance(value, str) and not any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        for character in value
    )


def _texts(value: object, place: str) -> dict[str, str]:
    texts = {"en": value} if isinstance(value, str) else value
    return _strings(texts, place, _LANGUAGES)


def _words(value: object, asked: Mapping[str, object]) -> dict[str, Texts]:
    found = _keys(value, "words", optional=list(asked))
    return {word: _strings(texts, f"words, {word}", _WORD) for word, texts in found.items()}


def _names(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else []
    good = all(_is_text(name) and name.strip() for name in names)
    if not names or not good or len(set(names)) < len(names):
        raise VotesError(f"contents: expected different names, got {_shown(value)}")
    return tuple(names)


def _other_options(value: object, design: Design) -> int | None:
    if value is None:
        return None
    return whole(value, "other_options", low=design.targets + 1, high=_MOST_OPTIONS)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
