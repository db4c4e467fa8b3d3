"""The GPUs of this machine, one for each process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.engines.base import EngineError

VARIABLE = "CUDA_VISIBLE_DEVICES"
_DEVICES = Path("/dev")
_COUNT = "import torch; print(torch.cuda.device_count())"
_COUNT_S = 120  # a cold disk takes long over PyTorch


def seen(device: str) -> list[str]:
    """The GPUs to share out, as CUDA_VISIBLE_DEVICES names them.

    None of them where `device`, the setting, is something else than whichever GPU there is.
    """
    if device not in ("auto", "cuda"):
        return []
    if VARIABLE in os.environ:
        return _listed(os.environ[VARIABLE])
    if not _has_driver():
        return []
    return [str(number) for number in range(_counted())]


def share_out(gpus: Sequence[str], slots: int) -> list[dict[str, str]]:
    """The variables of each of `slots` processes: one GPU after the other, then the first again.

    A single GPU is everybody's without a word.
    """
    if len(gpus) < 2:
        return [{}] * slots
    return [{VARIABLE: gpus[place % len(gpus)]} for place in range(slots)]


def _listed(value: str) -> list[str]:
    """Those before the first that CUDA does not take: -1 or an empty name hides all that follow."""
    names = []
    for name in (each.strip() for each in value.split(",")):
        if not name or name.startswith("-") or name == "NoDevFiles":
            break
        names.append(name)
    return names


def _has_driver() -> bool:
    found = [*_DEVICES.glob("nvidia[0-9]*"), *_DEVICES.glob("dxg")]
    return bool(found) or shutil.which("nvidia-smi") is not None


def _counted() -> int:
    """As PyTorch counts them, in a process that ends: this one need not carry PyTorch."""
    command = [sys.executable, "-c", _COUNT]
    try:
        said = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=_COUNT_S, check=True
        )
        return int(said.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        told = getattr(error, "stderr", None) or error
        raise EngineError(f"expected PyTorch to count the GPUs here, got: {told}") from error
