import json
import subprocess
import sys

import pytest
from PIL import Image

from generation.nst.__main__ import main
from generation.nst.recipe import Recipe, Scale

TINY = Recipe(scales=(Scale(size=48, iterations=2),), precision="float32")


@pytest.fixture
def files(tmp_path, photograph, texture):
    photograph.save(tmp_path / "content.png")
    texture.save(tmp_path / "style.jpg")
    (tmp_path / "tiny.json").write_text(json.dumps(TINY.to_json()))
    return tmp_path


def run(folder, *more, content="content.png", output="out.png", recipe="tiny.json"):
    return main(
        [
            str(folder / content), str(folder / "style.jpg"), "-o", str(folder / output),
            "--recipe", str(folder / recipe) if recipe.endswith("json") else recipe,
            "--device", "cpu", *more,
        ]
    )  # fmt: skip


def test_one_transfer_without_a_database(files):
    """In a process of its own, without Django and its settings."""
    command = [
        sys.executable, "-m", "generation.nst", files / "content.png", files / "style.jpg",
        files / "style.jpg", "-o", files / "out.png", "--recipe", files / "tiny.json",
        "--device", "cpu",
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    with Image.open(files / "out.png") as image:
        assert image.size == (48, 48)
    assert "out.png: 48 x 48 px in" in done.stdout
    assert "content changed" in done.stdout
    assert "2/2" in done.stderr


def test_a_mask_keeps_the_rest(files):
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 64))
    mask.save(files / "mask.png")
    (files / "object.json").write_text(json.dumps({**TINY.to_json(), "foreground": "object"}))
    assert run(files, "--mask", str(files / "mask.png"), recipe="object.json") == 0
    right = (25, 0, 48, 48)
    with Image.open(files / "out.png") as came, Image.open(files / "content.png") as was:
        small = was.resize((48, 48), Image.Resampling.LANCZOS)
        assert came.crop(right).tobytes() == small.crop(right).tobytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": "nothing.png"}, "No such file"),
        ({"content": "tiny.json"}, "cannot identify image"),
        ({"recipe": "nono"}, "expected one of paper, study, preview, demo or a file, got 'nono'"),
        ({"recipe": "list.json"}, "expected a recipe's JSON object, got list"),
        ({"recipe": "broken.json"}, "expected a recipe's JSON"),
        ({"recipe": "wrong.json"}, "unknown recipe keys"),
        ({"output": "out.nono"}, "expected the name of an image file, got 'out.nono'"),
        ({"output": "no/out.png"}, "there is none"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(change, message, files, capsys):
    (files / "list.json").write_text("[]")
    (files / "broken.json").write_text("{")
    (files / "wrong.json").write_text('{"sizes": 3}')
    assert run(files, **change) == 1
    assert message in capsys.readouterr().err
    assert not (files / "out.png").exists()
