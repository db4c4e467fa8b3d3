"""CSV files that say where images are and came from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from generation.sources.base import SourceError

# What a row tells of an image, beside where it is.
FACTS = ("title", "page_url", "creator", "licence", "licence_url")
_SPELLINGS = {"license": "licence", "license_url": "licence_url"}


def read_rows(path: Path, *places: str) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8, with or without BOM; a missing value is "".

    The header must have one of the columns `places`. `license` is read as `licence`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or []), list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: expected a CSV file in UTF-8: {error}") from error
    except OSError as error:
        raise SourceError(f"{path}: expected a CSV file: {error.strerror}") from error
    if not set(places) & set(names):
        wanted = " or ".join(map(repr, places))
        raise SourceError(f"{path}: expected a column {wanted}, got {names}")
    return [{_SPELLINGS.get(n, n): (row[n] or "").strip() for n in names} for row in rows]


def facts(row: dict[str, str]) -> dict[str, Any]:
    """What a row tells of its image; "" where it does not."""
    return {name: row.get(name, "") for name in FACTS}
