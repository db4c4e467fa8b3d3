"""Between photographs and the network's input."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from generation.nst.errors import ImageError

# Means of ImageNet in BGR on the 0-255 scale, which the Caffe VGG19 was trained with.
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)


def fitted_size(image: Image.Image, longer_side: int) -> tuple[int, int]:
    """Width and height of `image` with a longer side of `longer_side` px, its aspect ratio kept.

    Raises ImageError when the shorter side would fall below 16 px, VGG19's five poolings.
    """
    scale = longer_side / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    if min(size) < 16:
        raise ImageError(
            f"expected an image whose shorter side is at least 16 px when the longer is "
            f"{longer_side} px, got {image.width} x {image.height}"
        )
    return size


def fit(image: Image.Image, longer_side: int) -> Image.Image:
    """`image` in RGB, resized as `fitted_size` says, and with its errors."""
    size = fitted_size(image, longer_side)
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def to_network(image: Image.Image) -> torch.Tensor:
    """RGB image -> (3, H, W) float32, BGR, 0-255 minus the Caffe mean."""
    rgb = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32).copy())
    return to_caffe(rgb.flip(-1).permute(2, 0, 1))


def from_network(tensor: torch.Tensor) -> Image.Image:
    """(3, H, W) in the network's scale -> RGB image, rounded and clamped to 0-255."""
    bgr = from_caffe(tensor.detach().float().cpu())
    pixels = bgr.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).flip(-1)
    return Image.fromarray(pixels.contiguous().numpy())


def to_caffe(bgr: torch.Tensor) -> torch.Tensor:
    """Pixels (..., 3, H, W) of 0-255 -> minus the means."""
    return bgr - bgr.new_tensor(CAFFE_MEAN_BGR).view(3, 1, 1)


def from_caffe(x: torch.Tensor) -> torch.Tensor:
    """The inverse of `to_caffe`."""
    return x + x.new_tensor(CAFFE_MEAN_BGR).view(3, 1, 1)
