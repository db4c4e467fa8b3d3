"""Optimises a batch of pairs over all scales of a recipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image

from generation.nst.checkpoints import Checkpoint, Checkpoints
from generation.nst.colour import with_luminance
from generation.nst.compatibility import Compatibility, measure
from generation.nst.devices import pick_precision
from generation.nst.images import fit, from_caffe, from_network, to_caffe, to_network
from generation.nst.inputs import Inputs, Pair, Style
from generation.nst.lbfgs import BatchedLBFGS
from generation.nst.memory import images_per_pass, keep_freed_memory
from generation.nst.objective import Targets, objective
from generation.nst.precondition import Pixels, Preconditioned
from generation.nst.recipe import Recipe
from generation.nst.replay import Replayed
from generation.nst.vgg import VGG19, load_vgg19

# The mean change of a preconditioned coordinate in the first step, in grey levels: from the start,
# and from what a coarser scale came to. About as long as the steps that follow, so that its pair
# already tells the curvature; torch's first step moves a pixel by a few millionths.
_STRIDE, _REFINED_STRIDE = 4.0, 1.0


@dataclass(frozen=True)
class Item:
    """A pair that can be made: what it is, its checkpoints' name, and how far it already is."""

    pair: Pair
    size: tuple[int, int]
    key: str
    checkpoint: Checkpoint | None

    @property
    def progress(self) -> tuple[int, int]:
        """The scale's index and its iterations done."""
        return (self.checkpoint.scale, self.checkpoint.iteration) if self.checkpoint else (0, 0)


@dataclass(frozen=True)
class Finished:
    """An image, its objective, and how content and style went together."""

    image: Image.Image
    loss: float
    compatibility: Compatibility


# After every iteration: the scale's index, the iteration from 1, and what was evaluated in it:
# the images (B, 3, H, W) and their losses (B,), on the device.
Told = Callable[[int, int, torch.Tensor, torch.Tensor], None]


class Engine:
    """One recipe on one device, for these inputs."""

    def __init__(
        self,
        contents: Sequence[Image.Image],
        styles: Sequence[Style],
        *,
        masks: Sequence[Image.Image | None] | None,
        recipe: Recipe,
        device: torch.device,
        checkpoints: Checkpoints | None,
        backbone_file: str | None,
    ) -> None:
        self.recipe, self.device, self.checkpoints = recipe, device, checkpoints
        if device.type == "cpu":
            keep_freed_memory()
        self.dtype = pick_precision(recipe.precision, device)
        self._network = self._load(self.dtype, backbone_file)
        # What is reported of an image is computed in float32, whatever it was made in.
        self._exact = self._load(torch.float32, backbone_file)
        self._contents = contents
        self.inputs = Inputs(
            contents, styles, masks=masks, recipe=recipe, network=self._network, device=device
        )

    def _load(self, dtype: torch.dtype, path: str | None) -> VGG19:
        recipe = self.recipe
        return load_vgg19(
            recipe.backbone, path=path, sha256=recipe.weights or None, pooling=recipe.pooling,
            device=self.device, dtype=dtype,
        )  # fmt: skip

    def run(self, batch: Sequence[Item], tell: Told) -> list[Finished | None]:
        """All that is left of a batch whose items have one size and one progress.

        None for an image whose objective was never finite.
        """
        first, done = batch[0].progress
        x: torch.Tensor | None = None
        losses = torch.empty(0)
        for index, scale in enumerate(self.recipe.scales[first:], start=first):
            targets = self.inputs.targets([item.pair for item in batch], scale.size)
            descent = _Descent(self, batch, scale.size, targets)
            if index == first and done:
                states = [item.checkpoint.state for item in batch if item.checkpoint]
                optimiser = BatchedLBFGS.restore(states, self.device)
            else:
                optimiser = descent.begin(x)
                done = 0
            step = Replayed(descent.step, optimiser)
            for iteration in range(done, scale.iterations):
                if self.checkpoints and self.checkpoints.due():
                    self._save(batch, index, iteration, optimiser)
                tell(index, iteration + 1, *step())
            x, losses = descent.image(optimiser.best), optimiser.best_loss
        if x is None:
            raise ValueError(f"expected progress before the last scale, got {batch[0].progress}")
        return [
            self._finish(item.pair, image, loss)
            for item, image, loss in zip(batch, x, losses.tolist(), strict=True)
        ]

    def _save(
        self, batch: Sequence[Item], scale: int, iteration: int, optimiser: BatchedLBFGS
    ) -> None:
        if self.checkpoints and (scale, iteration) > (0, 0):
            found = zip(batch, optimiser.states(), strict=True)
            self.checkpoints.save(
                {item.key: Checkpoint(scale, iteration, state) for item, state in found}
            )

    def _finish(self, pair: Pair, x: torch.Tensor, loss: float) -> Finished | None:
        if not math.isfinite(loss):
            return None
        image = from_network(self._coloured(pair[0], x))
        size = self.recipe.size
        mask = self.inputs.mask(pair[0], size)
        if mask is not None:
            image = _composite(image, fit(self._contents[pair[0]], size), mask)
        inputs = self.inputs
        shown = to_network(image).to(self.device)
        return Finished(
            image,
            loss,
            measure(
                self._exact, finished=shown, photograph=inputs.photograph(pair[0], size),
                members=inputs.members(pair, size), targets=inputs.targets([pair], size),
                recipe=self.recipe, mask=mask,
            ),
        )  # fmt: skip

    def _coloured(self, content: int, x: torch.Tensor) -> torch.Tensor:
        """The image with the photograph's own colours, where only luminance was transferred."""
        if self.recipe.colour != "luminance":
            return x
        photograph = to_network(fit(self._contents[content], self.recipe.size))
        return to_caffe(with_luminance(from_caffe(photograph), from_caffe(x.cpu())))


class _Descent:
    """The problem of one batch at one scale, in the optimiser's coordinates."""

    def __init__(self, engine: Engine, batch: Sequence[Item], size: int, targets: Targets) -> None:
        self._network, self._recipe = engine._network, engine.recipe
        self._inputs, self._pairs, self._size = engine.inputs, [i.pair for i in batch], size
        self._targets = targets
        masks = [engine.inputs.mask(content, size) for content, _ in self._pairs]
        marked = [mask for mask in masks if mask is not None]
        self._masks = torch.stack(marked)[:, None] if marked else None
        around = [engine.inputs.surroundings(pair, size) for pair in self._pairs] if marked else []
        self._surroundings = torch.stack(around) if around else None
        self._shape = (len(batch), *engine.inputs.photograph(self._pairs[0][0], size).shape)
        height, width = self._shape[2:]
        plain = self._recipe.optimiser == "lbfgs"
        self._space = Pixels() if plain else Preconditioned(height, width, engine.device)
        self._part = images_per_pass(engine.device, height * width)

    def begin(self, coarse: torch.Tensor | None) -> BatchedLBFGS:
        """The optimiser at the start, or at what a coarser scale came to (B, 3, H', W')."""
        starts = [self._inputs.start(pair, self._size) for pair in self._pairs]
        x = torch.stack(starts)
        if coarse is not None:
            x = _hand_over(coarse, x)
        z = self._space.from_pixels(x).flatten(1)
        stride = _STRIDE if coarse is None else _REFINED_STRIDE
        first = 1.0 if self._recipe.optimiser == "lbfgs" else stride * z.shape[1]
        return BatchedLBFGS(z, self._recipe.history, first=first)

    def image(self, z: torch.Tensor) -> torch.Tensor:
        """Coordinates (B, N) -> images (B, 3, H, W) in their surroundings."""
        x = self._space.to_pixels(z.view(self._shape))
        if self._masks is None or self._surroundings is None:
            return x
        return self._surroundings + self._masks * (x - self._surroundings)

    def step(self, optimiser: BatchedLBFGS) -> tuple[torch.Tensor, torch.Tensor]:
        """One evaluation and one step of every image: the images and losses before the step."""
        x = self.image(optimiser.x)
        found = [self._evaluate(x, slice(i, i + self._part)) for i in range(0, len(x), self._part)]
        loss, gradient = (torch.cat(parts) for parts in zip(*found, strict=True))
        if self._masks is not None:
            gradient = gradient * self._masks
        optimiser.tell(loss, self._space.to_pixels(gradient).flatten(1))
        return x, loss

    def _evaluate(self, x: torch.Tensor, images: slice) -> tuple[torch.Tensor, torch.Tensor]:
        return objective(self._network, x[images], self._targets.part(images), self._recipe)


def _hand_over(coarse: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """What the coarser scale came to (B, 3, H', W'), with the fine detail of `start` (B, 3, H, W).

    Enlarged alone it would lack every frequency that the coarser scale could not show.
    """
    size, small = start.shape[2:], coarse.shape[2:]
    shrunk = F.interpolate(start, small, mode="bicubic", align_corners=False, antialias=True)
    return start + F.interpolate(coarse - shrunk, size, mode="bicubic", align_corners=False)


def _composite(image: Image.Image, photograph: Image.Image, mask: torch.Tensor) -> Image.Image:
    """`image` where the mask is, the photograph's own pixels where it is not."""
    grey = Image.fromarray((mask * 255).round().to(torch.uint8).cpu().numpy())
    return Image.composite(image, photograph, grey)
