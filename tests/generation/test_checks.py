import importlib.util

import pytest
from django.core.checks import run_checks


def troubles():
    return [found for found in run_checks() if found.id == "generation.E002"]


def test_the_default_backbone_is_sound():
    assert troubles() == []


@pytest.mark.parametrize(
    ("backbone", "file", "message"),
    [
        ("vgg16", None, "got 'vgg16'"),
        ("vgg19-caffe", None, "expected the path"),
        ("vgg19-caffe", "/nowhere/vgg19.pth", "no file /nowhere/vgg19.pth"),
    ],
)
def test_a_wrong_backbone_is_said_before_a_long_run(settings, backbone, file, message):
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = backbone, file
    (found,) = troubles()
    assert message in found.msg
    assert "TEXTURESTUDY_VGG19_FILE" in found.hint


def test_a_missing_torchvision_names_the_command(settings, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "generation.nst.backbones.find_spec",
        lambda name: None if name == "torchvision" else find(name),
    )
    settings.NST_BACKBONE = "vgg19-torchvision"
    (found,) = troubles()
    assert "pip install 'torchvision" in found.msg


def test_a_caffe_file_that_is_there_is_sound(settings, tmp_path):
    file = tmp_path / "vgg19.pth"
    file.write_bytes(b"not read yet")
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = "vgg19-caffe", str(file)
    assert troubles() == []
