"""What an image shows, in numbers: the deep descriptor of the best kind that a backbone has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from PIL import Image

from generation.nst.features import FC6, POOL5
from generation.nst.images import to_network
from generation.nst.vgg import VGG19

# VGG19 was trained on the middle 224 px of images whose shorter side is 256.
_SHORTER, _CROP = 256, 224

# Of images, whose pool5 (B, 512, H, W) at whatever size is at hand: (B, D) in rows of length 1.
DeepFunction = Callable[[Sequence[Image.Image], torch.Tensor], torch.Tensor]


def deep_descriptor(network: VGG19) -> tuple[str, DeepFunction]:
    """The name of the network's deep descriptor, and what computes it.

    fc6 (4096) where there are fully connected layers, as the DCNN feature of the study that
    this platform grew from: before the rectifier, of the crop that the network was trained on.
    Else pool5 (512) averaged over the image.
    """
    if network.has_fc6:
        return FC6, partial(_fc6, network)
    return POOL5, _pool5_mean


def crop(image: Image.Image) -> Image.Image:
    """The middle 224 x 224 px of the image with a shorter side of 256 px, in RGB."""
    scale = _SHORTER / min(image.size)
    size = [max(_SHORTER, int(side * scale)) for side in image.size]
    small = image.convert("RGB").resize((size[0], size[1]), Image.Resampling.BILINEAR)
    left, top = (round((side - _CROP) / 2) for side in size)
    return small.crop((left, top, left + _CROP, top + _CROP))


def _fc6(network: VGG19, images: Sequence[Image.Image], pool5: torch.Tensor) -> torch.Tensor:
    x = torch.stack([to_network(crop(image)) for image in images]).to(pool5.device)
    return torch.nn.functional.normalize(network.fc6(x), dim=1)


def _pool5_mean(_: Sequence[Image.Image], pool5: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(pool5.mean((2, 3)), dim=1)
