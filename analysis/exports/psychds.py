"""A study's answers as a Psych-DS folder in a zip (psych-ds.github.io).

dataset_description.json   schema.org Dataset, as JSON-LD, with every column
README.md  CHANGES.md
data/study-<slug>_data.csv
documentation/             the codebook
materials/                 the study's texts, its questions, the list of its stimuli
analysis/                  scripts that read the data
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.template.loader import render_to_string

from analysis.exports import codebook, csvfile, scripts, stimuli
from analysis.exports.columns import Column, Kind
from analysis.exports.tidy import Row
from survey.models import Question, Study

QUESTION_COLUMNS = (
    "question", "kind", "reading", "word", "content", "condition", "option", "is_target",
    "option_reading", "option_cluster", "option_condition", "sha256",
)  # fmt: skip
_SCHEMA = "Psych-DS 0.4.0"
# Properties of schema.org's PropertyValue.
_RANGES = {
    "chance": {"minValue": 0, "maxValue": 1},
    **{
        name: {"minValue": 0}
        for name in ("position", "rt_ms", "question", "order", "load_ms", "blurs")
    },
}
# Quick rather than small: the answers repeat themselves, so the least effort halves them often.
_LEVEL = 1


def data_name(study: Study) -> str:
    """The file of the answers; a value of a Psych-DS name has letters and digits alone."""
    value = re.sub(r"[^A-Za-z0-9]", "", study.slug) or str(study.pk)
    return f"data/study-{value}_data.csv"


def write(file: IO[bytes], study: Study, rows: Iterable[Row]) -> None:
    """The whole folder; raises ExportError as `tidy.rows` does, and then is not to be used."""
    columns = codebook.codebook(study)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        with archive.open(zipfile.ZipInfo(data_name(study)), "w", force_zip64=True) as data:
            for piece in csvfile.pieces(rows):
                data.write(piece)
        for name, text in _texts(study, columns):
            stimuli.add(archive, name, text)


def description(study: Study, columns: Iterable[Column]) -> dict[str, Any]:
    """dataset_description.json: name, description and variableMeasured are required."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": next(
            (study.title[key] for key in ("en", "ja") if study.title.get(key)), study.slug
        ),
        "alternateName": study.slug,
        "description": (
            "Answers of people who chose, among images of one photograph in the styles of several "
            "words for textures, the image that a word describes best. One row per answer."
        ),
        "schemaVersion": _SCHEMA,
        "version": str(study.version),
        "inLanguage": list(study.languages),
        "keywords": ["texture", "onomatopoeia", "neural style transfer", "forced choice"],
        "measurementTechnique": "forced choice in an online questionnaire",
        "variableMeasured": [_variable(column) for column in columns],
    }


def _title(study: Study) -> str:
    """In English if there is one, for most who find the data set read it."""
    return str(study.title.get("en") or study.name)


def _variable(column: Column) -> dict[str, Any]:
    levels = "; ".join(f"{value} = {meaning.en}" for value, meaning in column.levels.items())
    text = f"{column.meaning.en} ({levels})" if levels else column.meaning.en
    unit = {"unitText": column.unit} if column.unit else {}
    limits = {"minValue": 0, "maxValue": 1} if column.kind == Kind.YES_NO else {}
    return {
        "@type": "PropertyValue",
        "name": column.name,
        "description": text,
        **unit,
        **_RANGES.get(column.name, limits),
    }


def _texts(study: Study, columns: list[Column]) -> Iterator[tuple[str, bytes]]:
    """Every file but the data, by name."""
    yield "dataset_description.json", _json(description(study, columns))
    context = {
        "study": study,
        "title": _title(study),
        "data": data_name(study),
        "versions": study.versions.all(),
    }
    for name in ("README.md", "CHANGES.md"):
        yield name, render_to_string(f"analysis/exports/{name}", context).encode()
    yield "documentation/codebook.json", _json(codebook.as_json(columns))
    yield (
        "documentation/codebook.csv",
        stimuli.table(codebook.CSV_COLUMNS, codebook.as_rows(columns)),
    )
    yield "materials/study.json", _json(_study(study))
    yield "materials/questions.csv", stimuli.table(QUESTION_COLUMNS, _questions(study))
    manifest = (stimulus.row for stimulus in stimuli.stimuli(study))
    yield "materials/stimuli.csv", stimuli.table(stimuli.MANIFEST_COLUMNS, manifest)
    yield "materials/sources.csv", stimuli.table(stimuli.SOURCE_COLUMNS, stimuli.sources(study))
    here = f"../{data_name(study)}"
    yield "analysis/analysis.R", scripts.r_script(study, answers=here).encode()
    yield "analysis/analysis.ipynb", scripts.notebook(study, answers=here).encode()


def _study(study: Study) -> dict[str, Any]:
    """What people met, and how the questions were made."""
    return {name: getattr(study, name) for name in study.FROZEN if name != "contact"} | {
        name: getattr(study, name)
        for name in (
            "slug", "version", "composition", "design", "options", "distractors", "licence", "seed",
            "counted_origins",
        )
    }  # fmt: skip


def _questions(study: Study) -> Iterable[tuple[Any, ...]]:
    """A row per image of each question in force."""
    found = Question.objects.filter(study=study, version=study.composition)
    return found.order_by("index", "options__index").values_list(
        "index", "kind", "word__reading", "word__text", "content__name", "recipe__name",
        "options__index", "options__is_target",
        "options__stylised__cluster__clustering__word__reading",
        "options__stylised__cluster__index", "options__stylised__recipe__name", "options__sha256",
    )  # fmt: skip


def _json(value: object) -> bytes:
    return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n".encode()
