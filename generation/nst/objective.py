"""What style transfer minimises, one number per image of a batch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

import torch

from generation.nst.gram import gram_matrix, rows_of
from generation.nst.recipe import Recipe
from generation.nst.vgg import VGG19, Term

# Brings relative errors to the size at which a unit step of L-BFGS fits pixels of 0-255.
_RELATIVE_SCALE = 1e5


@dataclass(frozen=True)
class Targets:
    """What each image of a batch is drawn to.

    `content`: layer -> (B, C, H, W) activations; `style`: layer -> (B, C, C) Gram matrices.
    """

    content: dict[str, torch.Tensor]
    style: dict[str, torch.Tensor]

    def part(self, images: slice) -> Targets:
        """The targets of some of the images."""
        return Targets(
            {layer: target[images] for layer, target in self.content.items()},
            {layer: target[images] for layer, target in self.style.items()},
        )


def objective(
    network: VGG19, x: torch.Tensor, targets: Targets, recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses (B,) of images x (B, 3, H, W) and their gradients (B, 3, H, W), both float32.

    Content: c_l times the error of F_l (Gatys et al. 2015, eq. 1 and 2); style: s_l times the
    error of G_l (eq. 4 to 6); `_scale` says what an error is. Each image has the gradient of its
    own loss, whatever the others of the batch are.
    """
    relative = recipe.losses == "relative"
    terms: defaultdict[str, list[Term]] = defaultdict(list)
    for layer, weight in recipe.content_layers:
        terms[layer].append(partial(_content, targets.content[layer], weight, relative))
    for layer, weight in recipe.style_layers:
        terms[layer].append(partial(_style, targets.style[layer], weight, relative))
    return network.pull(x, terms)


def _content(
    target: torch.Tensor, weight: float, relative: bool, features: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """c |F - P|^2 and its gradient 2 c (F - P)."""
    scale = _scale(target, weight, relative, target[0].numel())
    difference = features - target
    return scale * _square(difference), difference.mul_(2 * scale[:, None, None, None])


def _style(
    target: torch.Tensor, weight: float, relative: bool, features: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """s |G - A|^2 and its gradient 4 s (G - A) F / (H W), for G = F F^T / (H W)."""
    batch, maps, height, width = features.shape
    scale = _scale(target, weight, relative, maps**4)
    difference = gram_matrix(features) - target
    values = scale * _square(difference)
    difference.mul_((4 / (height * width) * scale)[:, None, None])
    pull = torch.bmm(rows_of(features), difference)
    return values, pull.view(batch, height, width, maps).permute(0, 3, 1, 2)


def _scale(target: torch.Tensor, weight: float, relative: bool, size: int) -> torch.Tensor:
    """What a sum of squared errors is multiplied by, per image: 1 / `size` ("absolute"), or one
    by the target's own sum of squares ("relative").

    Relative errors let every texture and every photograph weigh the same, however strong their
    contrast: with absolute ones a bright grid of bricks drowns a face that the faint craters of
    the moon leave untouched, by the same weights.
    """
    if relative:
        return weight * _RELATIVE_SCALE / _square(target).clamp(min=1e-12)
    return target.new_full((len(target),), weight / size)


def _square(values: torch.Tensor) -> torch.Tensor:
    return values.square().flatten(1).sum(1)
