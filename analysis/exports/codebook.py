"""What the columns of the answers mean, for a study: with its own words as levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from analysis.exports.columns import COLUMNS, Column, Meaning
from survey.models import Study


def codebook(study: Study) -> list[Column]:
    """The columns with the study's own words, photographs and conditions as levels."""
    asked = study.questions.filter(version=study.composition)
    rows = asked.order_by("index").values_list(
        "word__reading", "word__text", "word__gloss", "content__name", "recipe__name"
    )
    words: dict[str, Meaning] = {}
    contents: dict[str, Meaning] = {}
    conditions: dict[str, Meaning] = {}
    for reading, text, gloss, content, recipe in rows:
        contents[content] = Meaning(content, content)
        if reading:
            words[reading] = Meaning(f"{text}: {gloss}" if gloss else text, text)
        if recipe:
            conditions[recipe] = Meaning(recipe, recipe)
    own = {"word": words, "content": contents, "condition": conditions}
    return [
        replace(column, levels=dict(sorted(own[column.name].items())))
        if column.name in own
        else column
        for column in COLUMNS
    ]


def as_json(columns: list[Column]) -> list[dict[str, Any]]:
    """The codebook for programs."""
    return [
        {
            "name": column.name,
            "type": column.kind.value,
            "unit": column.unit or None,
            "description": _both(column.meaning),
            "levels": {value: _both(meaning) for value, meaning in column.levels.items()},
            "can_be_empty": column.can_be_empty,
        }
        for column in columns
    ]


CSV_COLUMNS = (
    "name", "type", "unit", "meaning_en", "meaning_ja", "levels_en", "levels_ja", "can_be_empty",
)  # fmt: skip


def as_rows(columns: list[Column]) -> Iterator[tuple[object, ...]]:
    """The codebook for people: a row per column, in the order of CSV_COLUMNS."""
    for column in columns:
        yield (
            column.name,
            column.kind.value,
            column.unit,
            column.meaning.en,
            column.meaning.ja,
            "; ".join(f"{value} = {meaning.en}" for value, meaning in column.levels.items()),
            "; ".join(f"{value} = {meaning.ja}" for value, meaning in column.levels.items()),
            int(column.can_be_empty),
        )


def _both(meaning: Meaning) -> dict[str, str]:
    return {"en": meaning.en, "ja": meaning.ja}
