"""Images -> the two descriptors that clustering uses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image

from generation.nst.devices import pick_device
from generation.nst.features import SIZE, STYLE_LAYERS, Features
from generation.nst.gram import gram_matrix, joined_style_vector
from generation.nst.images import fit, to_network
from generation.nst.vgg import VGG19, load_vgg19


def describe(
    images: Sequence[Image.Image], *, device: str = "auto", batch_size: int = 16
) -> list[Features]:
    """The deep descriptor (pool5 averaged over the image) and the joined Neural Style Vector.

    Images of equal fitted size go through the network together, at most `batch_size` at a time,
    which bounds the memory whatever the number of images; the features do not depend on who
    else is in the batch, beyond rounding. In float32 whatever the hardware, so that features
    made on two machines can be compared.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    where = pick_device(device)
    network = load_vgg19(device=where)
    fitted = [fit(image, SIZE) for image in images]
    found: dict[int, Features] = {}
    for alike in _of_equal_size(fitted):
        for start in range(0, len(alike), batch_size):
            batch = alike[start : start + batch_size]
            x = torch.stack([to_network(fitted[i]) for i in batch]).to(where)
            found.update(zip(batch, _features(network, x), strict=True))
    return [found[i] for i in range(len(fitted))]


def _of_equal_size(images: Sequence[Image.Image]) -> list[list[int]]:
    """The images' places, those of equal size side by side."""
    groups: dict[tuple[int, int], list[int]] = {}
    for i, image in enumerate(images):
        groups.setdefault(image.size, []).append(i)
    return list(groups.values())


@torch.no_grad()
def _features(network: VGG19, x: torch.Tensor) -> list[Features]:
    """Of x (B, 3, H, W) in the network's scale."""
    activations = network(x, (*STYLE_LAYERS, "pool5"))
    deep = torch.nn.functional.normalize(activations["pool5"].mean((2, 3)), dim=1)
    style = joined_style_vector({layer: gram_matrix(activations[layer]) for layer in STYLE_LAYERS})
    return [Features(*pair) for pair in zip(deep.cpu().numpy(), style.cpu().numpy(), strict=True)]
