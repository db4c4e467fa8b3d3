"""Rows -> a CSV file in large pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from analysis.exports.columns import NAMES
from analysis.exports.tidy import Row
from analysis.frames import Cell

_ROWS_AT_ONCE = 1000
# Of a row without its options, and of an option without its word.
_ROW_BYTES, _IMAGE_BYTES = 290, 30


def pieces(rows: Iterable[Row]) -> Iterator[bytes]:
    """The header, then the rows, as UTF-8 without a byte order mark.

    Names of words, photographs and conditions are ASCII, so that a spreadsheet needs no mark;
    without it the first column is `participant` for every program.
    """
    rest = iter(rows)
    yield _written([NAMES])
    while batch := list(islice(rest, _ROWS_AT_ONCE)):
        yield _written(batch)


def _written(rows: Iterable[Row]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def expected_bytes(rows: int, cells: Sequence[Cell]) -> int:
    """About how large the file of so many answers to these questions becomes."""
    if not cells:
        return 0
    words = [cell.word.reading for cell in cells if cell.word] or [""]
    word = sum(map(len, words)) / len(words)
    images = sum(cell.options for cell in cells) / len(cells)
    return round(rows * (_ROW_BYTES + images * (_IMAGE_BYTES + word)))
