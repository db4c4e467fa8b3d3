from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from survey.models import Familiarity, Study, Trial
from tests.analysis import factories

MOMENT = datetime(2026, 4, 1, 9, 30, 0, 250_000, tzinfo=UTC)
SCREEN = {"viewport_width": 390, "viewport_height": 844.5, "pixel_ratio": 3.0, "image_width": 118}


@pytest.fixture
def study(db) -> Study:
    """Two photographs, three words, catch questions; people who finished, and some who stopped."""
    study = factories.make_study(contents=2, words=3, counted_origins=["live", "pilot"])
    people = [
        *factories.add_people(study, 3, skill=0.7),
        *factories.add_people(study, 2, origin="pilot", answered=0.6, seed=1),
        *factories.add_people(study, 2, origin="bot", seed=2),
    ]
    for number, trial in enumerate(Trial.objects.exclude(chosen=None).order_by("pk")):
        trial.response_ms = 1000 + number if number % 5 else None
        trial.load_ms, trial.blurs = 300 + number, number % 3
        trial.answered_at = MOMENT + timedelta(seconds=number)
        trial.screen = SCREEN if number % 4 else {}
        trial.save()
    word = study.questions.get(index=0).word
    Familiarity.objects.create(participant=people[0], word=word, level=2)
    Familiarity.objects.create(participant=people[1], word=word, level=0)
    return study


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
