"""Files with the names and shapes of VGG19's weights, in kilobytes instead of 548 MB."""

from __future__ import annotations

import math
from pathlib import Path

import torch

_MAPS = (64, 64, 128, 128, *[256] * 4, *[512] * 8)
_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


def seeded(shape: tuple[int, ...], scale: float, seed: int) -> torch.Tensor:
    """Seeded numbers whose elements share a small storage, each axis with a step of its own."""
    steps = (7, 5, 3, 1)[-len(shape) :]
    length = 1 + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(length, generator=generator) * scale
    return values.as_strided(shape, steps)


def vgg19_state(*, fully_connected: bool = True) -> dict[str, torch.Tensor]:
    """Weights by torchvision's names, with which activations keep their size between layers."""
    state, maps = {}, 3
    for place, outs in zip(_PLACES, _MAPS, strict=True):
        scale = math.sqrt(2 / (9 * maps))
        state[f"features.{place}.weight"] = seeded((outs, maps, 3, 3), scale, place)
        state[f"features.{place}.bias"] = seeded((outs,), 0.1, 100 + place)
        maps = outs
    if fully_connected:
        for place, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
            scale = math.sqrt(2 / shape[1])
            state[f"classifier.{place}.weight"] = seeded(shape, scale, 200 + place)
            state[f"classifier.{place}.bias"] = seeded(shape[:1], 0.1, 300 + place)
    return state


def place_in_hub(home: Path, *, legacy: bool = False) -> Path:
    """The file where torch.hub caches it with TORCH_HOME at `home`.

    `legacy` is the format of torchvision's own file, which is from 2017.
    """
    path = home / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    path.parent.mkdir(parents=True)
    torch.save(vgg19_state(), path, _use_new_zipfile_serialization=not legacy)
    return path
