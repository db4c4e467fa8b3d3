from __future__ import annotations

import os
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


def slurm_commands(house: Site) -> Path:
    """Has the house's processes find commands that stand in for SLURM's; returns their folder."""
    folder = house.folder / "fake_slurm"
    folder.mkdir()
    commands = Path(__file__).parents[1] / "slurm"
    house.env |= {
        "FAKE_SLURM": str(folder), "PATH": f"{commands}:{os.environ['PATH']}",
        "TEXTURESTUDY_SLURM_INTERFACE": "lo",
    }  # fmt: skip
    return folder


def queue(count: int, **parameters: float | bool) -> None:
    """Items for the sleepers."""
    first = Item.objects.count()
    names = map(str, range(first, first + count))
    ask(kind=KIND, items=[Wanted(key=name, parameters=parameters) for name in names])
