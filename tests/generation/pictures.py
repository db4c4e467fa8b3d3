"""Small pictures, encoded, for whatever takes files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def noise(seed: int, width: int = 48, height: int = 40) -> Image.Image:
    """Seeded colours in blocks of 8 px, which also JPEG keeps."""
    generator = np.random.default_rng(seed)
    blocks = generator.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return Image.fromarray(blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width])


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
