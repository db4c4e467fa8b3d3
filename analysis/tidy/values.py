"""The values of one row, checked."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NoReturn

from analysis.stats.errors import StatisticsError

# Word, cluster and condition of an option.
Option = tuple[str, int, str]
# Grids are shuffled for each person, so most are seen once: a few are kept for files without.
_KEPT_GRIDS = 4096
_MOST_DIGITS = 10
# Clusters count from 0; tables have a row for each.
_MOST_CLUSTERS = 1000


class TidyError(StatisticsError):
    """The file cannot be read; the message names the row (the header is row 1) and the column."""


def options(number: int, text: str, condition: str) -> tuple[Option, ...]:
    """The images of a grid, cell by cell, all different."""
    try:
        return _parsed(text, condition)
    except TidyError as error:
        raise TidyError(f"row {number}, column options: {error}") from error


@lru_cache(maxsize=_KEPT_GRIDS)
def _parsed(text: str, condition: str) -> tuple[Option, ...]:
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise TidyError(f"expected JSON, got {_shown(text)} ({error})") from error
    if not isinstance(given, list) or not given:
        raise TidyError(f"expected a list of the images in the grid, got {_shown(text)}")
    options = tuple(_option(each, condition) for each in given)
    if len(set(options)) < len(options):
        word, cluster, _ = next(each for each in options if options.count(each) > 1)
        raise TidyError(f"two images are {word!r}, cluster {cluster}: they cannot be told apart")
    return options


def _option(given: object, condition: str) -> Option:
    if isinstance(given, dict):
        word: Any = given.get("word")
        cluster: Any = given.get("cluster")
        recipe = given.get("condition", condition)
        # A bool is an int to Python, but no cluster.
        is_cluster = type(cluster) is int and 0 <= cluster < _MOST_CLUSTERS
        if word and isinstance(word, str) and is_cluster and isinstance(recipe, str):
            return word, cluster, recipe
    shown = _shown(json.dumps(given, ensure_ascii=False))
    raise TidyError(f'expected {{"word": "...", "cluster": 0}} for each image, got {shown}')


def position(number: int, text: str, cells: int) -> int:
    """A cell of the grid."""
    position = integer(number, "position", text)
    if not 0 <= position < cells:
        refuse(number, "position", f"a cell of the grid, 0 to {cells - 1}", text)
    return position


def check_chosen(
    number: int, record: dict[str, str], options: tuple[Option, ...], position: int
) -> None:
    """The chosen image is the one at the chosen cell."""
    word, cluster, _ = options[position]
    if record["chosen_word"] != word:
        refuse(number, "chosen_word", f"{word!r}, the image at {position}", record["chosen_word"])
    if integer(number, "chosen_cluster", record["chosen_cluster"]) != cluster:
        expected = f"{cluster}, the image at {position}"
        refuse(number, "chosen_cluster", expected, record["chosen_cluster"])


def time(number: int, text: str) -> float:
    """Milliseconds, NaN for none."""
    if not text:
        return float("nan")
    try:
        time = float(text)
    except ValueError:
        time = -1.0
    # Not a number, infinity and what is no number at all fail this as well.
    if not 0 <= time < float("inf"):
        refuse(number, "rt_ms", "milliseconds, or nothing", text)
    return time


def integer(number: int, column: str, text: str) -> int:
    # Not int() alone, which takes spaces, underscores and digits of any script.
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < _MOST_DIGITS):
        refuse(number, column, "a whole number", text)
    return int(text)


def refuse(number: int, column: str, expected: str, got: str) -> NoReturn:
    raise TidyError(f"row {number}, column {column}: expected {expected}, got {_shown(got)}")


def _shown(text: str) -> str:
    if not text:
        return "nothing"
    return text if len(text) <= 60 else f"{text[:60]}..."
