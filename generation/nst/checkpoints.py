"""Interrupted descents, kept in files."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger(__name__)

_KEPT = 14 * 24 * 3600  # seconds; whoever has not come back by then does not
# Of the time of a run that may go into writing.
_SHARE = 0.03
_PAUSE = 20.0  # seconds between two at least


@dataclass(frozen=True)
class Checkpoint:
    """How far one image is: the scale's index, its iterations done, the optimiser's state."""

    scale: int
    iteration: int
    state: dict[str, torch.Tensor]


class Checkpoints:
    """A folder of checkpoints, one file an image, named by everything that decides the image.

    A file is whole or not there. `due()` is true when enough time has passed since the last
    writing; writing takes at most a few hundredths of the time. Files of two weeks ago go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.pt"):
            if path.stat().st_mtime < time.time() - _KEPT:
                path.unlink(missing_ok=True)
        self._next = time.monotonic() + _PAUSE

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def save(self, found: dict[str, Checkpoint]) -> None:
        """Write a checkpoint under each key. One that cannot be written is done without."""
        started = time.monotonic()
        for key, checkpoint in found.items():
            try:
                self._write(self._path(key), vars(checkpoint))
            except (OSError, RuntimeError) as error:  # PyTorch's own of a disk that is full
                logger.warning("A checkpoint cannot be written to %s: %s", self.folder, error)
        ended = time.monotonic()
        self._next = ended + max(_PAUSE, (ended - started) / _SHARE)

    def load(self, key: str) -> Checkpoint | None:
        """What was written under `key`; None where nothing was, or where it cannot be read."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:  # whatever is wrong with it, the image can be made without
            logger.warning("The checkpoint %s cannot be read and is not used: %s", path, error)
            return None

    def drop(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.pt"

    def _write(self, path: Path, value: dict[str, Any]) -> None:
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(value, file)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def key_of(*parts: object) -> str:
    """A name for everything that `parts` (JSON values and bytes) say."""
    digest = hashlib.sha256()
    for part in parts:
        packed = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(len(packed).to_bytes(8, "big") + packed)
    return digest.hexdigest()
