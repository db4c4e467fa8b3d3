"""How well a content image and a style go together, and what a transfer made of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generation.nst.colour import colour_distance
from generation.nst.gram import gram_matrix
from generation.nst.objective import Targets
from generation.nst.recipe import Recipe
from generation.nst.vgg import VGG19


@dataclass(frozen=True)
class Compatibility:
    """Numbers to set beside the accuracy of a content x cluster; None without such layers.

    `colour_distance`: of the photograph's colours from the style's, in grey levels (0-255).
    `style_distance`: of the photograph's Gram matrices from the style's, |G_P - A| / |A|, the
    mean over the style layers: how much had to be changed.
    `style_remainder`: the same of the finished image, |G_X - A| / |A|: how much of the style was
    not reached; 0 is all of it.
    `content_change`: |F_X - F_P| / |F_P|, the mean over the content layers: how little of the
    photograph was kept; 0 is all of it.
    """

    colour_distance: float
    style_distance: float | None
    style_remainder: float | None
    content_change: float | None


def measure(
    network: VGG19,
    *,
    finished: torch.Tensor,
    photograph: torch.Tensor,
    members: list[torch.Tensor],
    targets: Targets,
    recipe: Recipe,
    mask: torch.Tensor | None = None,
) -> Compatibility:
    """Compatibility of one image (3, H, W) with its targets (B = 1), in the precision of `network`.

    Where there is a mask (H, W), colours and styles are those of the object alone.
    """
    layers = {*dict(recipe.content_layers), *dict(recipe.style_layers)}
    after = network(finished[None], layers)
    before = network(photograph[None], layers)
    styles = [_style_error(before, name, targets) for name in targets.style]
    remainders = [_style_error(after, name, targets) for name in targets.style]
    changes = [_relative(after[name], before[name]) for name, _ in recipe.content_layers]
    return Compatibility(
        colour_distance=colour_distance([photograph], members, mask),
        style_distance=_mean(styles),
        style_remainder=_mean(remainders),
        content_change=_mean(changes),
    )


def _style_error(features: dict[str, torch.Tensor], name: str, targets: Targets) -> float:
    chosen = targets.guides.get(name)
    shown = features[name] if chosen is None else features[name] * chosen[:, None]
    return _relative(gram_matrix(shown), targets.style[name])


def _relative(came: torch.Tensor, target: torch.Tensor) -> float:
    return float((came - target).norm() / target.norm().clamp(min=1e-12))


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
