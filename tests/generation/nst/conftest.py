"""Pictures with structure, small enough for a CPU."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image


def picture(seed: int, width: int = 64, height: int = 64) -> Image.Image:
    """Smooth seeded colours with edges: a photograph in miniature."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(image).copy()
    pixels[height // 4 : height // 2, width // 3 :] = generator.integers(0, 256, 3)
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    return picture(1)


@pytest.fixture(scope="session")
def texture() -> Image.Image:
    """Stripes with noise: a Gram matrix unlike the photograph's."""
    generator = np.random.default_rng(2)
    stripes = (np.sin(np.arange(64) * 1.3) * 90 + 128)[None, :, None]
    pixels = stripes + generator.normal(0, 25, (64, 64, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
