"""What a SLURM job is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.engines import EngineError
from jobs.engines.slurm_job import job_arguments, wall_seconds

GIVEN = {
    "partition": "", "account": "", "walltime": "01:00:00", "memory": "16G", "cores": 4,
    "gres": "gpu:1", "interface": "", "folder": "/data/slurm", "directives": [], "prologue": [],
}  # fmt: skip


def arguments(**given: Any) -> dict[str, Any]:
    return job_arguments(
        GIVEN | given, resource="r", variables={"A": "1", "B": "b c"}, root=Path("/some where")
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 5_400),
        ("90:30", 5_430),
        ("01:30:30", 5_430),
        ("1-12", 129_600),
        ("1-12:30", 131_400),
        ("2-00:00:10", 172_810),
    ],
)
def test_times_as_slurm_writes_them(text, seconds):
    assert wall_seconds(text) == seconds


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"walltime": "1h"}, r"TEXTURESTUDY_SLURM_WALLTIME to be a time such as .*, got '1h'"),
        ({"walltime": ""}, "TEXTURESTUDY_SLURM_WALLTIME to be a time"),
        ({"walltime": "00:04:59"}, "TEXTURESTUDY_SLURM_WALLTIME to be at least 5 minutes"),
        ({"memory": "much"}, "TEXTURESTUDY_SLURM_MEMORY to be a size such as 16G, got 'much'"),
        ({"cores": 0}, "TEXTURESTUDY_SLURM_CORES to be at least 1, got 0"),
        ({"directives": ["exclusive"]}, "TEXTURESTUDY_SLURM_DIRECTIVES to be options of sbatch"),
    ],
)
def test_what_is_wrong_is_named_with_its_variable(given, message):
    with pytest.raises(EngineError, match=message):
        arguments(**given)


@pytest.mark.parametrize("walltime", ["5", "10", "01:00:00", "1-00"])
def test_a_worker_ends_before_its_job(walltime):
    more = arguments(walltime=walltime)["worker_extra_args"]
    lifetime, stagger = (
        int(more[more.index(option) + 1].removesuffix("s"))
        for option in ("--lifetime", "--lifetime-stagger")
    )
    assert lifetime - stagger > 0
    assert lifetime + stagger <= wall_seconds(walltime) - 60


def test_the_lines_of_the_script():
    found = arguments(
        partition="gpu", account="kansei", memory="32GB", cores=8, gres="gpu:a100:1",
        directives=["--constraint=ib"], prologue=["module load cuda"],
    )  # fmt: skip
    assert (found["queue"], found["account"]) == ("gpu", "kansei")
    assert (found["job_mem"], found["job_cpu"], found["cores"]) == ("32G", 8, 1)
    assert found["job_extra_directives"] == ["--gres=gpu:a100:1", "--constraint=ib"]
    assert found["job_script_prologue"] == [
        "cd '/some where'", "export A=1", "export B='b c'", "module load cuda",
    ]  # fmt: skip
    assert found["python"] == sys.executable
    without = arguments(gres="")
    assert (without["queue"], without["account"], without["interface"]) == (None, None, None)
    assert without["job_extra_directives"] == []
