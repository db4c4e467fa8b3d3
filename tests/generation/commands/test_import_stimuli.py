from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.models import StylisedImage, Word
from generation.services.contents import add_content
from generation.services.manifest import COLUMNS
from tests.generation.pictures import encoded, noise
from tests.generation.rows import make_clusters

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    """Two stimuli of one word and content."""
    settings.MEDIA_ROOT = tmp_path / "media"
    add_content(name="coffee", image=noise(1, 60, 40))
    Word.objects.create(text="ふさふさ", reading="fusafusa")
    path = tmp_path / "made elsewhere"
    path.mkdir()
    with (path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number in range(2):
            name = f"{number}.jpg"
            (path / name).write_bytes(encoded(noise(10 + number, 60, 40), "JPEG", quality=95))
            table.writerow(["coffee", "ふさふさ", number, "SDXL", name, "CC0"])
    return path


def run(*arguments: object) -> str:
    output = io.StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


def test_stimuli_and_again(folder, capsys):
    assert run("import_stimuli", folder) == (
        "2 added, 0 known before, 0 with another licence than before\n"
    )
    assert run("import_stimuli", folder) == (
        "0 added, 2 known before, 0 with another licence than before\n"
    )
    assert StylisedImage.objects.counts()["done"] == 2
    bar = capsys.readouterr().err
    assert "import " in bar
    assert "2/2 images" in bar


def test_all_faults_are_said_and_nothing_is_imported(folder):
    (folder / "0.jpg").unlink()
    (folder / "1.jpg").write_bytes(b"<html>")
    with pytest.raises(
        CommandError, match=r"(?s)^nothing was imported:\nline 2: file '0.jpg'.*\nline 3: file '1"
    ):
        run("import_stimuli", folder)
    assert not StylisedImage.objects.exists()


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CommandError, match=r"expected the file .*nono/manifest\.csv, there is"):
        run("import_stimuli", tmp_path / "nono")


def test_stylise_does_not_follow_an_imported_recipe(folder):
    run("import_stimuli", folder)
    make_clusters(1, reading="mofumofu")
    with pytest.raises(CommandError, match=r"expected a recipe of \[.*'study'.*\], got 'sdxl'"):
        run("stylise", "--recipe", "sdxl", "--no-wait")
    assert StylisedImage.objects.counts()["queued"] == 0


def test_what_was_imported_is_exported_with_its_method(folder, tmp_path):
    run("import_stimuli", folder)
    out = tmp_path / "out"
    assert run("export_dataset", out, "--recipe", "sdxl").startswith("2 written")
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    facts = ("content", "word", "cluster", "recipe", "seed", "licence")
    assert [tuple(row[name] for name in facts) for row in rows] == [
        ("coffee", "ふさふさ", "0", "sdxl", "", "CC0"),
        ("coffee", "ふさふさ", "1", "sdxl", "", "CC0"),
    ]
    assert (out / "sources.csv").read_text().count("\n") == 1
    assert '"method": "SDXL"' in (out / "recipes.json").read_text()
