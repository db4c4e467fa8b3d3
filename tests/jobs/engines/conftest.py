from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.models import Item
from jobs.services.ask import Wanted, ask
from tests.jobs.processes import Site, site
from tests.jobs.sleepers.apps import KIND, SleepersConfig


@pytest.fixture
def house(settings, tmp_path: Path) -> Iterator[Site]:
    """An installation, with the files of this test's process."""
    settings.MEDIA_ROOT = tmp_path / "media"
    SleepersConfig.ready(None)
    with site(tmp_path) as made:
        yield made


def queue(count: int, **parameters: float | bool) -> None:
    """Items for the sleepers."""
    first = Item.objects.count()
    names = map(str, range(first, first + count))
    ask(kind=KIND, items=[Wanted(key=name, parameters=parameters) for name in names])
