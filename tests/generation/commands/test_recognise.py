from __future__ import annotations

import io

import numpy as np
import pytest
from django.core.management import CommandError

from generation.models import StylisedImage, Word
from generation.services import describe
from generation.services.store import store_png
from tests.generation.commands.test_commands import run
from tests.generation.pictures import noise
from tests.generation.services.test_describe import quick  # noqa: F401  a fixture
from tests.generation.services.test_recognise import make_stimulus, style, words  # noqa: F401

pytestmark = pytest.mark.django_db


def test_the_table_and_the_stimuli(words, capsys):  # noqa: F811
    make_stimulus(words[0], style(0, 50), list(words[0].web_images.all()[:2]))
    make_stimulus(words[1], style(2, 50))
    make_stimulus(Word.objects.create(text="x", reading="x"), style(2, 51))
    said = run("recognise", "--folds", "3", "--held-out")
    assert said.splitlines() == [
        "word  images  recall  most often mistaken for",
        "fusa       6    100%  none",
        "mofu       6    100%  none",
        "zara       6    100%  none",
        "x                  -  not estimable: none of its images is described",
        "mean recall 100%, chance 33%",
        "1 of 2 stimuli are taken for their word",
        "stimuli of words that were not compared: 1",
        "1 of 2 without the images their style came from",
    ]
    assert set(Word.objects.values_list("consistency", flat=True)) == {1, None}
    assert StylisedImage.objects.exclude(recognised=None).count() == 2
    bars = capsys.readouterr().err
    assert "compare" in bars
    assert "hold out" in bars
    assert "describe" not in bars  # all were described before


def test_only_the_chosen_words_are_compared(words):  # noqa: F811
    said = run("recognise", "--words", "fusa", "zara", "--folds", "3")
    assert "chance 50%" in said
    assert "mofu" not in said
    assert "stimuli" not in said


def test_stimuli_are_described_when_they_are_not(words, quick, monkeypatch, capsys):  # noqa: F811
    image = make_stimulus(words[0], style(0, 50))
    name, digest = store_png("stylised", noise(777))
    StylisedImage.objects.update(file=name, sha256=digest)
    made = io.BytesIO()
    np.savez(made, style=style(0, 3).astype("f4"))  # of the width that the made-up styles have
    monkeypatch.setattr(describe, "_packed", lambda _: made.getvalue())
    run("recognise", "--folds", "3")
    assert "describe" in capsys.readouterr().err
    assert len(quick) == 1
    image.refresh_from_db()
    assert 0 < image.recognised < 1
    run("recognise", "--folds", "3")
    assert len(quick) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--words", "nono"], r"expected words of .*, got \['nono'\]"),
        (["--words", "fusa"], "expected at least 2 words of at least 5 different images"),
        (["--folds", "7"], "expected at least 2 words of at least 7 different images"),
        (["--folds", "1"], "folds: expected at least 2, got 1"),
        (["--folds", "x"], "--folds: expected a whole number"),
    ],
)
def test_recognise_says_what_is_wrong(words, arguments, message):  # noqa: F811
    with pytest.raises(CommandError, match=message):
        run("recognise", *arguments)
    assert not Word.objects.exclude(consistency=None).exists()


def test_recognise_names_a_file_that_is_missing(words):  # noqa: F811
    make_stimulus(words[0], style(0, 50))
    StylisedImage.objects.update(file="stylised/nono.png", sha256="b" * 64)
    with pytest.raises(CommandError, match=r"No such file.*nono\.png"):
        run("recognise", "--folds", "3")
