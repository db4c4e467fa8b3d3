from __future__ import annotations

import pytest
from django.core.management import CommandError
from PIL import Image

from jobs.models import Item
from tests.generation.commands.test_commands import run
from tests.generation.pictures import encoded, noise
from tests.generation.rows import make_contents

pytestmark = pytest.mark.django_db

SMALL = ("--size", "32", "--iterations", "1")


def test_a_file_is_recovered_from_each_layer(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(encoded(noise(1)))
    out = tmp_path / "b.png"
    *layers, last = run(
        "reconstruct", str(tmp_path / "a.png"), "--output", str(out), *SMALL
    ).splitlines()
    assert last == f"written to {out}"
    assert {line.split()[0] for line in layers} == {"content", "style"}
    with Image.open(out) as sheet:
        assert sheet.width == 32 * (1 + len(layers) // 2)
    assert f"{len(layers)}/{len(layers)} iterations" in capsys.readouterr().err


def test_a_content_image_may_be_left_to_the_worker(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_contents(1)
    assert run("reconstruct", "content0", *SMALL, "--no-wait").startswith("job ")
    assert Item.objects.get().parameters["output"] == str(tmp_path / "content0-layers.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nono"], r"expected a file or a content image of \['content0'\], got 'nono'"),
        (["content0", "--output", "no/where.png"], "expected a file in a folder that is there"),
        (["content0", "--size", "8", "--output", "x.png"], "expected"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    make_contents(1)
    with pytest.raises(CommandError, match=message):
        run("reconstruct", *arguments)
    assert list(tmp_path.iterdir()) == []
