from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.models import ContentImage, Recipe, StylisedImage, Word
from tests.generation.rows import make_done

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "a" / "data set"


def run(*arguments: object) -> str:
    output = io.StringIO()
    call_command("export_dataset", *map(str, arguments), stdout=output)
    return output.getvalue()


def exported(out: Path) -> list[str]:
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [row["content"] for row in csv.DictReader(file)]


def test_a_data_set_and_again(out, capsys):
    make_done(contents=2)
    assert run(out) == "2 written, 0 there before, 0 failed\n"
    assert run(out) == "0 written, 2 there before, 0 failed\n"
    bar = capsys.readouterr().err
    assert "export " in bar
    assert "2/2 images" in bar
    assert {path.name for path in out.iterdir()} == {
        "fusafusa", "manifest.csv", "sources.csv", "recipes.json",
    }  # fmt: skip


def test_a_choice_of_words_contents_and_recipes(out):
    row = make_done(contents=2)[0]
    recipe = row.recipe.name
    assert exported_by(out, "--words", "fusafusa") == ["content0", "content1"]
    assert exported_by(out, "--contents", "content1") == ["content1"]
    assert exported_by(out, "--recipe", recipe, "--contents", "content0") == ["content0"]
    said = run(out, "--contents", "content1")
    assert f"1 more images in {out} are not of this export" in said


def exported_by(out: Path, *choice: str) -> list[str]:
    run(out, *choice)
    return exported(out)


def test_images_of_other_words_and_recipes_stay_out(out):
    make_done(contents=1)
    Word.objects.create(text="もふもふ", reading="mofumofu")
    Recipe.objects.create(name="sdxl", parameters={"method": "sdxl"}, sha256="a", imported=True)
    for choice in (("--words", "mofumofu"), ("--recipe", "sdxl")):
        with pytest.raises(CommandError, match="expected finished stylised images"):
            run(out, *choice)
    assert not out.exists()


def test_a_bad_stored_file_is_named_at_the_end(out):
    bad = make_done(contents=3)[0]
    Path(bad.file.path).unlink()
    with pytest.raises(
        CommandError, match=rf"^stylised image {bad.pk} \(fusafusa/content0-0\..*No such file"
    ):
        run(out)
    assert exported(out) == ["content1", "content2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--words", "nono"], r"expected words of \['fusafusa'\], got \['nono'\]"),
        (["--contents", "nono"], r"expected content images of \['content0'\], got \['nono'\]"),
        (["--recipe", "nono"], r"expected recipes of \['tiny-.*'\], got \['nono'\]"),
    ],
)
def test_it_says_what_is_wrong(out, arguments, message):
    make_done(contents=1)
    with pytest.raises(CommandError, match=message):
        run(out, *arguments)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    make_done(contents=1)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CommandError, match="file"):
        run(tmp_path / "file" / "out")


def test_before_anything_was_made_the_way_on_is_said(out):
    with pytest.raises(CommandError, match="there are no words yet"):
        run(out)
    Word.objects.create(text="もふもふ", reading="mofumofu")
    with pytest.raises(CommandError, match="there are no content images yet"):
        run(out)
    ContentImage.objects.create(name="coffee", sha256="a", width=1, height=1)
    with pytest.raises(CommandError, match="expected finished stylised images"):
        run(out)
    assert not StylisedImage.objects.exists()
