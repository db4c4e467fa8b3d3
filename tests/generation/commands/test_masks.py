from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from generation.models import ContentImage
from generation.services.masks import set_mask
from tests.generation.pictures import encoded
from tests.generation.rows import make_contents
from tests.generation.services.test_masks import half, make_stimulus

pytestmark = pytest.mark.django_db


def left_half(image: Image.Image) -> Image.Image:
    return half()


def one_stand_in_one_failure(image: Image.Image) -> Image.Image:
    if image.getpixel((0, 0)) == make_photograph(1).getpixel((0, 0)):
        raise RuntimeError("too dark")
    mask = half()
    mask.info["fallback"] = True
    return mask


def make_photograph(number: int) -> Image.Image:
    with ContentImage.objects.get(name=f"content{number}").file.open() as file:
        return Image.open(file).convert("RGB")


@pytest.fixture(autouse=True)
def segmenter(settings):
    settings.FOREGROUND_SEGMENTER = f"{__name__}.left_half"


def run(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command("masks", *arguments, stdout=output)
    return output.getvalue().splitlines()


def stored() -> dict[str, bytes]:
    """The masks that are there, by content image."""
    found = {}
    for content in ContentImage.objects.exclude(mask=""):
        with content.mask.open() as file:
            found[content.name] = Image.open(file).tobytes()
    return found


def test_the_list_says_who_made_which_and_changes_nothing():
    first, second, _ = make_contents(3)
    set_mask(content=first, image=half())
    set_mask(content=second, image=half(), proposed=True)
    assert run() == ["content0: uploaded", "content1: proposed", "content2: none"]
    assert run("--contents", "content2", "content0") == ["content0: uploaded", "content2: none"]
    assert set(stored()) == {"content0", "content1"}


def test_masks_are_proposed_where_there_are_none(capsys):
    first, *_ = make_contents(3)
    set_mask(content=first, image=half(left=False))
    assert run("--propose", "--contents", "content0", "content1") == [
        "content0: uploaded",
        "content1: proposed",
    ]
    assert stored() == {"content0": half(left=False).tobytes(), "content1": half().tobytes()}
    assert "1/1 masks" in capsys.readouterr().err
    assert run("--propose")[2] == "content2: proposed"


def test_one_that_fails_does_not_keep_the_others_from_theirs(settings):
    make_contents(3)
    settings.FOREGROUND_SEGMENTER = f"{__name__}.one_stand_in_one_failure"
    output = io.StringIO()
    with pytest.raises(
        CommandError, match=r"^content1: no mask from .*RuntimeError\('too dark'\)$"
    ):
        call_command("masks", "--propose", stdout=output)
    assert output.getvalue().splitlines() == [
        "content0: proposed, a stand-in: no object stood out",
        "content1: none",
        "content2: proposed, a stand-in: no object stood out",
    ]


def test_masks_are_loaded_from_a_folder(tmp_path):
    first, *_ = make_contents(3)
    set_mask(content=first, image=half(), proposed=True)
    (tmp_path / "content0.png").write_bytes(encoded(half(left=False)))
    cut_out = Image.new("RGBA", (80, 64), (255, 255, 255, 0))  # transparent, also where white
    cut_out.paste((255, 255, 255, 255), (0, 0, 40, 64))
    (tmp_path / "content2.png").write_bytes(encoded(cut_out))
    (tmp_path / "notes.txt").write_text("by Taro")
    assert run("--from", str(tmp_path)) == [
        "content0: uploaded",
        "content1: none",
        "content2: uploaded",
    ]
    found = stored()
    assert found["content0"] == half(left=False).tobytes()
    white = [i for i, level in enumerate(found["content2"]) if level > 127]
    assert white == [i for i, level in enumerate(half().tobytes()) if level]


def test_every_file_at_fault_is_named_and_none_is_stored(tmp_path):
    make_contents(4)
    files = {
        "content0": encoded(half()),
        "content1": b"<html>",
        "content2": encoded(half(size=(64, 80))),
        "content3": encoded(Image.new("L", (40, 32))),
    }
    for name, data in files.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    with pytest.raises(CommandError) as caught:
        run("--from", str(tmp_path))
    head, *lines = str(caught.value).splitlines()
    assert head == "no mask was stored:"
    assert [line.split(": ")[0] for line in lines] == [f"content{n}.png" for n in (1, 2, 3)]
    assert "expected an image" in lines[0]
    assert "as 40 x 32 px, got 64 x 80 px" in lines[1]
    assert "expected white" in lines[2]
    assert not stored()


def test_a_mask_that_stimuli_were_made_from_keeps_all_from_being_loaded(tmp_path):
    _, second = make_contents(2)
    set_mask(content=second, image=half())
    make_stimulus(second)
    for name in ("content0", "content1"):
        (tmp_path / f"{name}.png").write_bytes(encoded(half(left=False)))
    with pytest.raises(CommandError, match=r"no mask was stored: content1: .* 1 were or are"):
        run("--from", str(tmp_path))
    assert stored() == {"content1": half().tobytes()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "nono"], "--from: expected a folder of masks, got 'nono'"),
        (["--from", "."], r"--from: expected \['content0.png', 'content1.png'\] in '.*'"),
        (["--from", "some", "--contents", "content0", "content1"],
         r"--from: expected \['content1.png'\] in 'some'"),
        (["--from", "more"],
         r"--from: expected content images of \['content0', 'content1'\], got \['mug'\]"),
        (["--from", ".", "--propose"], "not allowed with argument"),
        (["--contents", "nono"], r"expected content images of .*, got \['nono'\]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, monkeypatch, arguments, message):
    make_contents(2)
    for folder, names in {"some": ["content0"], "more": ["content0", "mug"]}.items():
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.png").write_bytes(encoded(half()))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match=message):
        run(*arguments)
    assert not stored()


def test_a_segmenter_that_is_not_there_is_named_before_any_work(settings):
    make_contents(1)
    settings.FOREGROUND_SEGMENTER = "generation.nst.foreground.nono"
    with pytest.raises(CommandError, match="TEXTURESTUDY_SEGMENTER: expected the dotted path"):
        run("--propose")


def test_without_content_images_the_way_on_is_said():
    with pytest.raises(CommandError, match="there are no content images yet"):
        run()
