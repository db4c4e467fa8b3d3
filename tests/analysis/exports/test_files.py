"""The other files: Parquet, codebook, Psych-DS, stimuli."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow.parquet
import pytest

from analysis import frames
from analysis.exports import (
    ExportError,
    codebook,
    csvfile,
    parquet,
    psychds,
    stimuli,
    tidy,
)
from analysis.exports.columns import COLUMNS, NAMES, Kind
from generation.models import StylisedImage
from survey.models import Option, Study
from tests.analysis import factories
from tests.analysis.exports.conftest import table
from tests.factories import add_members


def rows_of(study):
    return tidy.rows(study, frames.counted(study).trials())


def zipped(write, *args):
    file = io.BytesIO()
    write(file, *args)
    archive = zipfile.ZipFile(file)
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


# Parquet


def test_parquet_holds_what_the_csv_holds(study, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_ROWS_AT_ONCE", 7)
    path = tmp_path / "answers.parquet"
    with path.open("wb") as file:
        parquet.write(file, rows_of(study))
    found = pyarrow.parquet.read_table(path)
    assert tuple(found.column_names) == NAMES
    text = table(b"".join(csvfile.pieces(rows_of(study))))
    assert found.num_rows == len(text)
    kinds = {column.name: column.kind for column in COLUMNS}
    for row, line in zip(found.to_pylist(), text, strict=True):
        for name, value in row.items():
            assert _written(kinds[name], value) == line[name], name


def _written(kind, value):
    if value is None:
        return ""
    if kind == Kind.YES_NO:
        assert isinstance(value, bool)
        return str(int(value))
    if kind == Kind.TIME:
        assert isinstance(value, datetime)
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if kind == Kind.NUMBER and value.is_integer():
        return str(int(value))
    return str(value)


def test_parquet_of_a_study_without_answers(db, tmp_path):
    path = tmp_path / "answers.parquet"
    with path.open("wb") as file:
        parquet.write(file, rows_of(Study.objects.create(slug="empty")))
    found = pyarrow.parquet.read_table(path)
    assert (found.num_rows, tuple(found.column_names)) == (0, NAMES)


# Codebook


def test_every_column_is_in_the_codebook_and_no_other(study):
    written = table(b"".join(csvfile.pieces(rows_of(study))))[0]
    assert list(written) == [entry["name"] for entry in codebook.as_json(codebook.codebook(study))]
    assert list(written) == [row[0] for row in codebook.as_rows(codebook.codebook(study))]


def test_every_column_has_its_meaning_in_both_languages():
    for column in COLUMNS:
        meanings = [column.meaning, *column.levels.values()]
        assert all(meaning.en and meaning.ja for meaning in meanings)
        assert re.search("[ぁ-んァ-ン一-龥]", column.meaning.ja)


def test_values_are_among_the_levels(study):
    rows = table(b"".join(csvfile.pieces(rows_of(study))))
    for column in codebook.codebook(study):
        if column.levels:
            values = {row[column.name] for row in rows} - {""}
            assert values <= set(column.levels), column.name


def test_words_are_explained(study):
    levels = next(c.levels for c in codebook.codebook(study) if c.name == "word")
    assert levels["fusafusa"].ja == "ふさふさ"


# Stimuli


def test_every_image_is_in_the_zip_and_in_the_manifest(study):
    files = zipped(stimuli.write, study)
    manifest = table(files["manifest.csv"])
    offered = Option.objects.filter(question__study=study)
    assert {row["sha256"] for row in manifest} == set(offered.values_list("sha256", flat=True))
    assert len({row["file"] for row in manifest}) == len(manifest)
    assert set(files) == {row["file"] for row in manifest} | {"manifest.csv", "sources.csv"}
    for row in manifest:
        assert hashlib.sha256(files[row["file"]]).hexdigest() == row["sha256"]
    image = StylisedImage.objects.first()
    (row,) = (row for row in manifest if row["sha256"] == image.sha256)
    assert (row["word"], row["reading"]) == ("ふさふさ", "fusafusa")
    assert (row["content"], row["cluster"], row["recipe"]) == ("content0", "0", "test")
    assert (row["recipe_sha256"], row["seed"]) == (image.recipe.sha256, "0")
    assert row["file"].startswith("images/fusafusa/content0-0.")


def test_sources_have_their_licences(study):
    add_members(creator="Anna", licence="CC BY-ND 2.0")
    sources = table(zipped(stimuli.write, study)["sources.csv"])
    assert len(sources) == 3 * 3 * 2
    assert {row["creator"] for row in sources} == {"Anna"}
    assert {row["licence_standing"] for row in sources} == {"unsure"}


def test_images_are_of_the_questions_in_force(study):
    Study.objects.filter(pk=study.pk).update(version=2, composition=2)
    study.refresh_from_db()
    assert set(zipped(stimuli.write, study)) == {"manifest.csv", "sources.csv"}


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_image_is_an_error_that_names_it(study, restore_media, damage):
    path = Path(StylisedImage.objects.first().file.path)
    path.write_bytes(b"something else") if damage == "changed" else path.unlink()
    with pytest.raises(ExportError, match=rf"images/fusafusa/content0-0\..*{path.name}"):
        stimuli.write(io.BytesIO(), study)


def test_the_same_stimuli_are_the_same_bytes(study):
    one, other = io.BytesIO(), io.BytesIO()
    stimuli.write(one, study)
    stimuli.write(other, study)
    assert one.getvalue() == other.getvalue()


# Psych-DS


@pytest.mark.parametrize("slug", ["study", "a-study_2", "---"])
def test_the_name_of_the_data_follows_the_rules(db, slug):
    study = Study.objects.create(slug=slug)
    rule = r"data/([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv"
    assert re.fullmatch(rule, psychds.data_name(study))


def test_the_folder(study):
    files = zipped(psychds.write, study, rows_of(study))
    assert {
        "dataset_description.json", "README.md", "CHANGES.md", "data/study-study_data.csv",
        "documentation/codebook.csv", "documentation/codebook.json", "materials/study.json",
        "materials/questions.csv", "materials/stimuli.csv", "materials/sources.csv",
        "analysis/analysis.R", "analysis/analysis.ipynb",
    } == set(files)  # fmt: skip
    assert files["data/study-study_data.csv"] == b"".join(csvfile.pieces(rows_of(study)))
    readme = files["README.md"].decode()
    assert all(name.split("/")[-1].split(".")[0] in readme for name in files if "/" in name)
    assert '"../data/study-study_data.csv"' in files["analysis/analysis.R"].decode()


def test_the_description_is_a_schema_org_dataset_of_every_column(study):
    files = zipped(psychds.write, study, rows_of(study))
    found = json.loads(files["dataset_description.json"])
    assert (found["@context"], found["@type"]) == ("https://schema.org/", "Dataset")
    assert found["name"] == "Textures"
    assert found["description"]
    header = files["data/study-study_data.csv"].split(b"\r\n")[0].decode().split(",")
    assert [each["name"] for each in found["variableMeasured"]] == header
    assert {each["@type"] for each in found["variableMeasured"]} == {"PropertyValue"}
    known = {"@type", "name", "description", "unitText", "minValue", "maxValue"}
    assert all(set(each) <= known for each in found["variableMeasured"])


def test_nothing_in_the_folder_says_who_to_write_to(study):
    study.contact = "somebody@example.org"
    study.save()
    files = zipped(psychds.write, study, rows_of(study))
    assert not any(b"somebody@example.org" in data for data in files.values())


def test_materials_have_every_option(study):
    rows = table(zipped(psychds.write, study, [])["materials/questions.csv"])
    assert len(rows) == Option.objects.filter(question__study=study).count()
    assert sum(row["is_target"] == "True" for row in rows) == 6 * 3 + 2


def test_a_folder_without_answers(db):
    study = factories.make_study()
    files = zipped(psychds.write, study, rows_of(study))
    assert files["data/study-study_data.csv"] == (",".join(NAMES) + "\r\n").encode()
    assert "1: not live yet" in files["CHANGES.md"].decode()
