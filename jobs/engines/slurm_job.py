"""What a SLURM job is asked for: settings in, the arguments of dask-jobqueue out."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.engines.base import EngineError

NAME = "texturestudy"
_SHORTEST_S = 300
_LONGEST_STAGGER_S = 300
_END_S = 60  # for a worker to end after its lifetime
_DEATH_S = 60  # after which a worker that finds no scheduler ends
# minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, and so on
_WALLTIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<parts>\d+(?::\d+){0,2})")
_MEMORY = re.compile(r"(\d+)([KMGT]?)B?", re.IGNORECASE)


def job_arguments(
    given: Mapping[str, Any], *, resource: str, variables: Mapping[str, str], root: Path
) -> dict[str, Any]:
    """A job with one Dask worker that offers the `resource`, run in the folder `root`.

    `given` is the setting JOBS_SLURM; `variables` are exported in the script, which others may
    read: no secrets. Raises EngineError, which names the variable of what is wrong.
    """
    seconds = wall_seconds(given["walltime"])
    stagger = min(_LONGEST_STAGGER_S, seconds // 20)
    lifetime = seconds - 2 * stagger - _END_S
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return {
        "job_name": NAME,
        "queue": given["partition"] or None,
        "account": given["account"] or None,
        "walltime": given["walltime"],
        "job_cpu": _cores(given["cores"]),
        "job_mem": _memory(given["memory"]),
        "job_extra_directives": _directives(given),
        "job_script_prologue": [f"cd {shlex.quote(str(root))}", *exports, *given["prologue"]],
        "log_directory": str(given["folder"]),
        "interface": given["interface"] or None,
        "python": shlex.quote(sys.executable),
        # One batch at a time, and it is SLURM that looks after the memory.
        "cores": 1, "processes": 1, "memory": "0",
        "death_timeout": _DEATH_S,
        # A worker that ends by itself before its job does hands over in peace. Not all at once.
        "worker_extra_args": [
            "--resources", f"{resource}=1", "--no-dashboard",
            "--lifetime", f"{lifetime}s", "--lifetime-stagger", f"{stagger}s",
        ],
    }  # fmt: skip


def wall_seconds(text: str) -> int:
    """A time as SLURM writes it, such as 90, 90:00, 01:30:00, 1-12 or 1-12:30:00."""
    found = _WALLTIME.fullmatch(text)
    if not found:
        raise _unexpected("WALLTIME", "a time such as 01:30:00 or 1-12:00:00", text)
    parts = [int(part) for part in found["parts"].split(":")]
    if found["days"]:
        hours, minutes, seconds = [*parts, 0, 0][:3]
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:
        hours, (minutes, seconds) = 0, [*parts, 0][:2]
    total = ((int(found["days"] or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    if total < _SHORTEST_S:
        raise _unexpected("WALLTIME", f"at least {_SHORTEST_S // 60} minutes", text)
    return total


def _cores(count: int) -> int:
    if count < 1:
        raise _unexpected("CORES", "at least 1", count)
    return count


def _memory(text: str) -> str:
    found = _MEMORY.fullmatch(text.strip())
    if not found:
        raise _unexpected("MEMORY", "a size such as 16G", text)
    return found[1] + found[2].upper()


def _directives(given: Mapping[str, Any]) -> list[str]:
    for option in given["directives"]:
        if not option.startswith("-"):
            raise _unexpected("DIRECTIVES", "options of sbatch such as --constraint=a100", option)
    return [*([f"--gres={given['gres']}"] if given["gres"] else []), *given["directives"]]


def _unexpected(name: str, expected: str, got: object) -> EngineError:
    return EngineError(f"expected TEXTURESTUDY_SLURM_{name} to be {expected}, got {got!r}")
