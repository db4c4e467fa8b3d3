from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError

from generation.models import Description, StyleMap
from tests.generation.commands.test_commands import run
from tests.generation.services.test_describe import quick  # noqa: F401  a fixture
from tests.generation.services.test_style_map import images, words  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def test_it_says_what_came_and_where_it_is(words, capsys):  # noqa: F811
    said = run("style_map")
    key = StyleMap.objects.get().pk
    where = "/admin/generation/word/style-map/"
    assert said == f"style map #{key}: 16 images of 2 words; it is at {where}\n"
    assert run("style_map") == said
    bars = capsys.readouterr().err
    assert "place" in bars
    assert "describe" not in bars
    default_storage.delete(images(words[0])[0].descriptions.get().file.name)
    said = run("style_map", "--seed", "1")
    assert "16 images" in said  # its sketch is in the packed file


def test_images_are_described_first(words, quick, capsys):  # noqa: F811
    Description.objects.all().delete()
    run("style_map")
    assert "describe" in capsys.readouterr().err


def test_features_that_cannot_be_read_are_said(words):  # noqa: F811
    default_storage.delete(images(words[0])[0].descriptions.get().file.name)
    assert "15 images of 2 words, 1 left out, whose features cannot be read;" in run("style_map")


def test_nothing_to_draw_is_an_error(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="expected at least 3 described images, got 0"):
        run("style_map")
