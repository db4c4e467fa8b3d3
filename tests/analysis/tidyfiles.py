"""Small tidy files, written line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference" / "answers-small.csv"
HEADER = (
    "participant", "word", "content", "position", "options", "chosen_word", "chosen_cluster",
    "rt_ms",
)  # fmt: skip
# What `row` takes for the correct answer.
RIGHT = {"position": "0", "chosen_word": "fusa", "chosen_cluster": "0"}


def grid(*options: tuple[str, int]) -> str:
    return json.dumps([{"word": word, "cluster": cluster} for word, cluster in options])


def row(**values: str) -> tuple[str, ...]:
    """An answer of p1 who was asked fusa and chose zara 1 of three images, except for `values`."""
    given = {
        "person": "p1",
        "word": "fusa",
        "content": "c0",
        "position": "1",
        "options": grid(("fusa", 0), ("zara", 1), ("zara", 0)),
        "chosen_word": "zara",
        "chosen_cluster": "1",
        "rt_ms": "1234",
    }
    return tuple((given | values).values())


def line(*values: str) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def lines(*rows: Sequence[str], header: Sequence[str] = HEADER) -> list[str]:
    return [line(*values) for values in (header, *rows)]
