"""What style transfer minimises, one number per image of a batch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F

from generation.nst.devices import quick_products
from generation.nst.gram import gram_matrix, rows_of
from generation.nst.recipe import Recipe
from generation.nst.vgg import VGG19, Term

# Brings relative errors to the size at which a unit step of L-BFGS fits pixels of 0-255.
_RELATIVE_SCALE = 1e5


@dataclass(frozen=True)
class Targets:
    """What each image of a batch is drawn to.

    `content`: layer -> (B, C, H, W) activations; `style`: layer -> (B, C, C) Gram matrices;
    `guides`: layer -> (B, H, W) as `guide` makes them, where only a part of the image has a
    style.
    """

    content: dict[str, torch.Tensor]
    style: dict[str, torch.Tensor]
    guides: dict[str, torch.Tensor] = field(default_factory=dict)

    def part(self, images: slice) -> Targets:
        """The targets of some of the images."""
        kinds = (self.content, self.style, self.guides)
        return Targets(*({layer: t[images] for layer, t in kind.items()} for kind in kinds))


def guide(mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """How much each place of a layer of `size` (H, W) counts for a mask (H', W') of 0 to 1.

    Only places that lie mostly inside count, since the others see the background (Gatys et al.
    2017, Controlling Perceptual Factors, section 4.1), unless there is none. The mean square is
    1, so that a small object is drawn to its style as much as a large one.
    """
    share = F.adaptive_avg_pool2d(mask[None, None], size)[0, 0]
    inside = (2 * share - 1).clamp(min=0)
    chosen = inside if bool(inside.any()) else share
    return chosen / chosen.square().mean().sqrt().clamp(min=1e-6)


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
        target, chosen = targets.style[layer], targets.guides.get(layer)
        terms[layer].append(partial(_style, target, chosen, weight, relative))
    with quick_products(network.dtype):
        loss, gradient = network.pull(x, terms)
    if recipe.total_variation:
        value, pull = total_variation(x)
        loss = loss + recipe.total_variation * value
        gradient = gradient + recipe.total_variation * pull
    return loss, gradient


def total_variation(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean square of the differences of neighbours in x (B, C, H, W), and its gradient.

    Squared (Mahendran and Vedaldi 2015, eq. 4 with beta 2), which L-BFGS likes better than the
    absolute differences' kinks.
    """
    value, gradient = x.new_zeros(len(x)), torch.zeros_like(x)
    for axis in (2, 3):
        change = x.diff(dim=axis)
        value += change.square().flatten(1).mean(1)
        pull = change * (2 / change[0].numel())
        size = x.shape[axis]
        gradient.narrow(axis, 1, size - 1).add_(pull)
        gradient.narrow(axis, 0, size - 1).sub_(pull)
    return value, gradient


def _content(
    target: torch.Tensor, weight: float, relative: bool, features: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """c |F - P|^2 and its gradient 2 c (F - P)."""
    scale = _scale(target, weight, relative, target[0].numel())
    difference = features - target
    return scale * _square(difference), difference.mul_(2 * scale[:, None, None, None])


def _style(
    target: torch.Tensor,
    chosen: torch.Tensor | None,
    weight: float,
    relative: bool,
    features: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """s |G - A|^2 and its gradient 4 s T (G - A) T F / (H W), for G = (T F) (T F)^T / (H W)."""
    batch, maps, height, width = features.shape
    if chosen is not None:
        features = features * chosen[:, None]
    scale = _scale(target, weight, relative, maps**4)
    difference = gram_matrix(features) - target
    values = scale * _square(difference)
    difference.mul_((4 / (height * width) * scale)[:, None, None])
    pull = torch.bmm(rows_of(features), difference)
    pull = pull.view(batch, height, width, maps).permute(0, 3, 1, 2)
    return values, pull if chosen is None else pull * chosen[:, None]


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
