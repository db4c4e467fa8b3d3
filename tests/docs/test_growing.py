"""docs/growing: its commands, on this machine."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from jobs.models import Item
from tests.docs.pages import Block, Terminal, blocks
from tests.jobs.engines.conftest import queue, slurm_commands
from tests.jobs.processes import ROOT, Site, free_port, registered, until

pytestmark = pytest.mark.django_db(transaction=True)

ALL = Item.objects
DOCTOR = ".venv/bin/python manage.py doctor\n"
PAGES = ["growing.md", *(f"growing/{path.name}" for path in (ROOT / "docs/growing").glob("*.md"))]


def typed(page: str) -> list[Block]:
    """Its blocks without the doctor, who has tests of his own and takes long."""
    return [block for block in blocks(page) if block.text != DOCTOR]


def all_done() -> bool:
    return not ALL.exclude(state="done").exists()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    path = ROOT / "docs" / page
    for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / link).exists(), link


def test_dask_as_it_is_written(house: Site):
    queue(4)
    true = {
        "scheduler.example.org": "127.0.0.1", ":8786": f":{house.port}", "8786": str(house.port),
        "8787": str(free_port()), "OMP_NUM_THREADS=8": "OMP_NUM_THREADS=1",
        "texturestudy.settings": "tests.jobs.sleepers.settings",
    }  # fmt: skip
    terminal = Terminal(house, true)
    certificates, exports, *stays = typed("growing/dask.md")
    terminal.type(certificates)
    assert not (terminal.folder / "tls").stat().st_mode & 0o077
    terminal.type(exports)
    scheduler, dask_worker, worker = map(terminal.type, stays)
    until(all_done)
    registered(dask_worker)
    assert "Scheduler at:    tls://" in scheduler.said.replace("     ", "    ")
    own = {child.pid for child in dask_worker.children()}
    assert {int(item.outcome.split()[-1]) for item in ALL.all()} <= own
    worker.kill(signal.SIGTERM)
    assert worker.wait() == 0
    assert "ERROR" not in worker.said


def test_slurm_as_it_is_written(house: Site, tmp_path: Path):
    queue(4, seconds=0.3)
    folder = slurm_commands(house)
    terminal = Terminal(house, {"=ib0": "=lo"})
    install, exports, script, stays, until_empty = typed("growing/slurm.md")
    for block in (install, exports, script):
        terminal.type(block)
    assert not list(folder.iterdir())
    worker = terminal.type(stays)
    until(all_done)
    worker.kill(signal.SIGTERM)
    assert worker.wait() == 0
    scripts = sorted(folder.glob("*.sh"))
    assert len(scripts) == 2
    for line in ("#SBATCH -p gpu", "#SBATCH -t 02:00:00", "--lifetime 6540s"):
        assert line in scripts[0].read_text()
    assert not list(folder.glob("*.pid"))
    assert not list((house.folder / "slurm").glob("keys-*"))
    terminal.type(until_empty)
    assert not list(folder.glob("*.pid"))


@pytest.mark.faults
def test_one_host_as_it_is_written(house: Site):
    queue(4)
    port = free_port()
    terminal = Terminal(house, {"--no-worker": f"--no-worker --port {port}"})
    serve, worker = map(terminal.type, typed("growing/one-host.md"))
    until(all_done)
    until(lambda: f"Serving on http://127.0.0.1:{port}/" in serve.said)
    worker.kill(signal.SIGTERM)
    assert worker.wait() == 0
    unit = (ROOT / "docs/growing/one-host.md").read_text()
    assert f"ExecStart=/srv/texturestudy/{blocks('growing/one-host.md')[1].text}" in unit
