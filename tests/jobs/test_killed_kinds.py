"""A collection, figures and files, while every second a process is killed."""

from __future__ import annotations

import random
import time

import pyarrow.parquet
import pytest

from analysis import computations, computed, frames, made
from analysis.frames import Selection
from analysis.made import Wish
from analysis.models import Computation, MadeFile
from analysis.work import CHOICES, MIXED
from generation.models import WebImage, Word
from generation.services.collection import Order, ask_collect
from jobs.models import Item
from tests.analysis import factories
from tests.jobs.processes import environment
from tests.jobs.test_killed import (
    LONGEST_S,
    House,
    committed,  # noqa: F401  a fixture
    of_this_machine,
    running,
)

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

KILLS, NAMES = 10, (made.PARQUET, made.PSYCH_DS, made.STIMULI, made.HTML)
TEXTURES = ("gravel", "brick", "grass")


def test_every_kind_of_work_is_done_once(settings, tmp_path, committed, monkeypatch):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(computations, "QUICK_ANSWERS", 0)
    study = factories.make_study(contents=2, words=3)
    factories.add_people(study, 40)
    order = Order(providers=("samples",), limit=12)
    words = [
        Word.objects.create(text=name, reading=name, phrases={"samples": [name]})
        for name in TEXTURES
    ]
    ask_collect(words=words, order=order)
    computations.ask((CHOICES, MIXED), computed.inputs(frames.load(study).select(Selection())))
    wishes = [
        Wish(study=study, name=name, selection=Selection(language=language), language="en")
        for name in NAMES
        for language in ("", "ja", "en")
    ]
    keys = {made.ask(wish)[0].key for wish in wishes}
    chooser = random.Random(11)
    killed, deadline = 0, time.monotonic() + LONGEST_S
    with running(House(of_this_machine(), environment(tmp_path))) as house:
        while Item.objects.open().exists():
            assert time.monotonic() < deadline, Item.objects.counts()
            time.sleep(1)
            if killed < KILLS and Item.objects.filter(attempts__gt=0).exists():
                chooser.choice(house.processes()).kill()
                killed += 1
            house.keep_up()
    counts = Item.objects.counts()
    assert counts["done"] == len(words) + 2 + len(keys), Item.objects.exclude(error="").first()
    assert killed > 2
    assert Computation.objects.count() == 2
    assert MadeFile.objects.count() == len(keys) == 10  # the stimuli are those of any language
    tables = MadeFile.objects.filter(name=made.PARQUET)
    assert sorted(table.answers for table in tables) == [0, 320, 320]
    for table in tables:
        assert pyarrow.parquet.read_table(table.file.path).num_rows == table.answers
    for word in words:
        kept = WebImage.objects.usable().filter(word=word)
        assert kept.count() == len(set(kept.values_list("sha256", flat=True))) == 12
