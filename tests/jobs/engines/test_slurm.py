"""Jobs of a SLURM whose commands run them on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

from jobs.engines import EngineError, find_engine, slurm
from jobs.models import Item
from tests.jobs.engines.conftest import queue, slurm_commands
from tests.jobs.processes import Site, is_alive, until

pytestmark = pytest.mark.django_db(transaction=True)

ALL = Item.objects
COMMAND = ("--engine", "slurm", "--batch-size", "1")


@pytest.fixture
def slurm_folder(house: Site, settings, monkeypatch) -> Path:
    """Where the commands that stand in for SLURM's keep their jobs, for this process as well."""
    folder = slurm_commands(house)
    for name in ("FAKE_SLURM", "PATH"):
        monkeypatch.setenv(name, house.env[name])
    settings.JOBS_SLURM = settings.JOBS_SLURM | {
        "interface": "lo",
        "folder": house.folder / "slurm",
    }
    return folder


def jobs(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.sh"))


def test_the_script_is_shown_without_submitting_it(slurm_folder: Path, capsys):
    call_command("worker", "--engine", "slurm", "--show-script")
    said = capsys.readouterr().out
    for line in (
        "#SBATCH -J texturestudy", "#SBATCH -n 1", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=16G",
        "#SBATCH -t 01:00:00", "#SBATCH --gres=gpu:1", "export OMP_NUM_THREADS=",
        "export DJANGO_SETTINGS_MODULE=tests.settings", "distributed.cli.dask_worker tls://127.0.0.1",
        "--nthreads 1 --memory-limit 0", "--resources texturestudy=1", "--lifetime 3180s",
        "--tls-ca-file", "--death-timeout 60",
    ):  # fmt: skip
        assert line in said
    assert "TEXTURESTUDY_DATABASE_URL" not in said  # others may read a job's script
    assert jobs(slurm_folder) == []


def test_only_slurm_has_a_script():
    with pytest.raises(CommandError, match="--show-script: expected the engine slurm, got inline"):
        call_command("worker", "--engine", "inline", "--show-script")


def test_what_sbatch_refuses_is_said_in_its_words(slurm_folder: Path):
    (slurm_folder / "refuse").write_text("invalid partition specified: gpux")
    with pytest.raises(EngineError, match="sbatch to take the job: sbatch: error: invalid part"):
        find_engine("slurm")()


def test_with_fewer_jobs_than_asked_for_it_goes_on(slurm_folder: Path, caplog, monkeypatch):
    monkeypatch.setattr(slurm, "_KEEP_UP_S", 0)
    (slurm_folder / "hold").touch()
    (slurm_folder / "most").write_text("1")
    engine = slurm.Engine(2)
    try:
        assert not engine.has_room(0)
        assert jobs(slurm_folder) == ["100"]
        assert "SLURM: sbatch: error: QOSMaxSubmitJobPerUserLimit; the next in 15 s" in caplog.text
    finally:
        engine.close()


def test_without_slurm_on_the_path_it_says_so(slurm_folder: Path, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="SLURM's commands on the PATH, there is no sbatch"):
        find_engine("slurm")()


@pytest.fixture
def engine(slurm_folder: Path, monkeypatch):
    """One whose jobs wait in SLURM's queue."""
    (slurm_folder / "hold").touch()
    monkeypatch.setattr(slurm, "_KEEP_UP_S", 0)
    made = slurm.Engine(2)
    yield made
    made.close()


def test_a_job_that_came_to_nothing_is_followed_by_one_after_a_pause(
    engine, slurm_folder: Path, caplog, monkeypatch
):
    assert not engine.has_room(0)
    assert "Waiting for SLURM to start one of 2 jobs: squeue --name texturestudy" in caplog.text
    assert jobs(slurm_folder) == ["100", "101"]
    (slurm_folder / "100.pid").unlink()
    assert not engine.has_room(0)
    assert "job 100 ended before its Dask worker came, see " in caplog.text
    assert "texturestudy-100.err; the next in 15 s" in caplog.text
    assert not engine.has_room(0)
    assert jobs(slurm_folder) == ["100", "101"]
    engine._not_before = 0
    engine.has_room(0)
    until(lambda: jobs(slurm_folder) == ["100", "101", "102"])
    (slurm_folder / "refuse").write_text("no more")
    (slurm_folder / "101.pid").unlink()
    engine.has_room(0)
    assert "the next in 30 s" in caplog.text
    engine._not_before = 0
    engine.has_room(0)
    until(lambda: any(job.failure for job in engine._cluster.workers.values()))
    engine.has_room(0)
    assert "SLURM: sbatch: error: no more; the next in 60 s" in caplog.text


def test_a_silent_slurm_is_asked_again(engine, slurm_folder: Path, caplog, monkeypatch, tmp_path):
    tool = tmp_path / "squeue"
    tool.write_text("#!/bin/sh\necho 'slurm_load_jobs error: down' >&2\nexit 1\n")
    tool.chmod(0o700)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert not engine.has_room(0)
    assert "SLURM does not say which jobs there are: slurm_load_jobs error: down" in caplog.text
    assert not engine.has_room(0)
    assert jobs(slurm_folder) == ["100", "101"]


@pytest.mark.faults
def test_a_killed_job_is_followed_by_another_and_a_killed_command_leaves_none(
    house: Site, slurm_folder: Path
):
    queue(1, seconds=3)
    command = house.worker(*COMMAND)
    until(ALL.filter(stage="sleep").exists)
    pid = int((slurm_folder / "100.pid").read_text())
    os.killpg(pid, 9)
    until(lambda: ALL.filter(state="done").exists())
    assert jobs(slurm_folder) == ["100", "101"]
    assert ALL.get().attempts == 2
    command.kill()
    left = psutil.Process(int((slurm_folder / "101.pid").read_text()))
    until(lambda: not is_alive(left))
