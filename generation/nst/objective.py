"""What style transfer minimises, one number per image of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generation.nst.gram import gram_matrix
from generation.nst.recipe import Recipe
from generation.nst.vgg import VGG19


@dataclass(frozen=True)
class Targets:
    """What each image of a batch is drawn to.

    `content`: layer -> (B, C, H, W) activations; `style`: layer -> (B, C, C) Gram matrices.
    """

    content: dict[str, torch.Tensor]
    style: dict[str, torch.Tensor]


def objective(
    network: VGG19, x: torch.Tensor, targets: Targets, recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses (B,) of images x (B, 3, H, W) and their gradients (B, 3, H, W), both float32.

    Content: c_l times the error of F_l (Gatys et al. 2015, eq. 1); style: s_l times the error of
    G_l (eq. 4); `_error` says what an error is. The images do not influence each other: the
    losses are summed, never averaged, before differentiation.
    """
    x = x.detach().requires_grad_()
    content, style = dict(recipe.content_layers), dict(recipe.style_layers)
    features = network(x, {*content, *style})
    loss = torch.zeros(len(x), device=x.device)
    for layer, weight in content.items():
        loss = loss + weight * _error(features[layer], targets.content[layer], recipe.losses)
    for layer, weight in style.items():
        gram = gram_matrix(features[layer])
        scaled = weight if recipe.losses == "relative" else weight / gram.shape[1] ** 2
        loss = loss + scaled * _error(gram, targets.style[layer], recipe.losses)
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    return loss.detach(), gradient


# Brings relative errors to the size at which a unit step of L-BFGS fits pixels of 0-255.
_RELATIVE_SCALE = 1e5


def _error(came: torch.Tensor, target: torch.Tensor, losses: str) -> torch.Tensor:
    """Squared errors per image: their mean ("absolute"), or by the target's own ("relative").

    Relative errors let every texture and every photograph weigh the same, however strong their
    contrast: with absolute ones a bright grid of bricks drowns a face that the faint craters of
    the moon leave untouched, by the same weights.
    """
    square = (came - target).square().flatten(1)
    if losses == "absolute":
        return square.mean(1)
    return _RELATIVE_SCALE * square.sum(1) / target.square().flatten(1).sum(1).clamp(min=1e-12)
