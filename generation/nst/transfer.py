"""Style transfer of many pairs: coarse to fine, a batch at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product

import torch
import torch.nn.functional as F
from PIL import Image

from generation.nst.colour import match_colour
from generation.nst.devices import pick_device, pick_precision
from generation.nst.errors import NstError
from generation.nst.gram import gram_matrix, mean_gram
from generation.nst.images import fit, from_network, to_network
from generation.nst.lbfgs import BatchedLBFGS
from generation.nst.objective import Targets, objective
from generation.nst.recipe import Recipe, Scale
from generation.nst.vgg import VGG19, load_vgg19

OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Style:
    """The images of a style cluster, nearest to its centre first, with their weights."""

    images: Sequence[Image.Image]
    weights: Sequence[float] | None = None


@dataclass(frozen=True)
class Stylised:
    """A finished image, which pair it is, and what it took."""

    content: int
    style: int
    image: Image.Image
    loss: float
    seconds: float
    device: str
    precision: str


def stylise(
    contents: Sequence[Image.Image],
    styles: Sequence[Style],
    recipe: Recipe,
    *,
    pairs: Sequence[tuple[int, int]] | None = None,
    device: str = "auto",
    batch_size: int = 4,
    on_step: OnStep | None = None,
) -> Iterator[Stylised]:
    """Every pair (content index, style index), all of them by default, as it is finished.

    Contents of one shape are optimised together, `batch_size` at a time; an image does not
    depend on its neighbours in the batch. The longer side of a result is `recipe.size` px.
    `on_step(image steps done, image steps in all)` is called after each iteration of a batch.

    Raises ImageError for an image that is too narrow, NstError for a device that is not there
    or for an objective that is not finite from its first evaluation on.
    """
    chosen = list(product(range(len(contents)), range(len(styles)))) if pairs is None else pairs
    engine = _Engine(recipe, pick_device(device))
    shapes = {c: fit(contents[c], recipe.size).size for c, _ in chosen}
    ordered = sorted(chosen, key=lambda pair: (shapes[pair[0]], pair[1], pair[0]))
    batches = [
        same[start : start + batch_size]
        for _, group in groupby(ordered, key=lambda pair: shapes[pair[0]])
        for same in [list(group)]
        for start in range(0, len(same), batch_size)
    ]
    total, done = len(ordered) * recipe.iterations, 0
    for batch in batches:

        def count(images: int = len(batch)) -> None:
            nonlocal done
            done += images
            if on_step:
                on_step(done, total)

        yield from engine.run(contents, styles, batch, count)


class _Engine:
    """One recipe on one device."""

    def __init__(self, recipe: Recipe, device: torch.device) -> None:
        self.recipe = recipe
        self.device = device
        self.dtype = pick_precision(recipe.precision, device)
        self.network: VGG19 = load_vgg19(
            recipe.backbone, pooling=recipe.pooling, device=device, dtype=self.dtype
        )

    def run(
        self,
        contents: Sequence[Image.Image],
        styles: Sequence[Style],
        batch: Sequence[tuple[int, int]],
        count: Callable[[], None],
    ) -> Iterator[Stylised]:
        """All scales of one batch of pairs whose contents have one shape."""
        started = time.perf_counter()
        x, losses = None, torch.empty(0)
        for scale in self.recipe.scales:
            sized = [to_network(fit(contents[c], scale.size)) for c, _ in batch]
            photographs = torch.stack(sized).to(self.device)
            chosen = {s: self._style_images(styles[s], scale) for _, s in batch}
            targets = self._targets(photographs, [chosen[s] for _, s in batch])
            if x is None:
                x = self._start(photographs, [chosen[s][0] for _, s in batch])
            x = F.interpolate(x, photographs.shape[2:], mode="bicubic", align_corners=False)
            x, losses = self._descend(x, targets, scale, count)
        if x is None:
            raise NstError("expected a recipe with at least one scale")
        seconds = (time.perf_counter() - started) / len(batch)
        for (content, style), tensor, loss in zip(batch, x, losses.tolist(), strict=True):
            yield Stylised(
                content, style, from_network(tensor), loss, seconds, str(self.device),
                str(self.dtype).removeprefix("torch."),
            )  # fmt: skip

    def _descend(
        self, x: torch.Tensor, targets: Targets, scale: Scale, count: Callable[[], None]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        shape = x.shape
        optimiser = BatchedLBFGS(x.flatten(1), self.recipe.history)
        for _ in range(scale.iterations):
            loss, gradient = objective(self.network, optimiser.x.view(shape), targets, self.recipe)
            optimiser.tell(loss, gradient.flatten(1))
            count()
        if not bool(optimiser.best_loss.isfinite().all()):
            raise NstError("the objective is not finite: is an image damaged?")
        return optimiser.best.view(shape), optimiser.best_loss

    def _style_images(self, style: Style, scale: Scale) -> tuple[list[torch.Tensor], torch.Tensor]:
        """The members that the recipe uses, at this scale, each (3, H, W), and their weights."""
        images = list(style.images)[: self.recipe.style_members]
        if not images:
            raise NstError("expected a style of at least one image, got none")
        weights = torch.ones(len(images)) if style.weights is None else torch.tensor(style.weights)
        sized = [to_network(fit(image, scale.size)).to(self.device) for image in images]
        return sized, weights[: len(images)].to(self.device)

    @torch.no_grad()
    def _targets(
        self,
        photographs: torch.Tensor,
        styles: list[tuple[list[torch.Tensor], torch.Tensor]],
    ) -> Targets:
        content = self.network(photographs, dict(self.recipe.content_layers))
        means: dict[int, dict[str, torch.Tensor]] = {}
        for images, weights in styles:
            if id(images) not in means:
                means[id(images)] = self._mean_grams(images, weights)
        style = {
            layer: torch.stack([means[id(images)][layer] for images, _ in styles])
            for layer, _ in self.recipe.style_layers
        }
        return Targets(content, style)

    def _mean_grams(
        self, images: list[torch.Tensor], weights: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        layers = dict(self.recipe.style_layers)
        grams: dict[str, list[torch.Tensor]] = {layer: [] for layer in layers}
        for image in images:  # one at a time: they may have different shapes
            for layer, features in self.network(image[None], layers).items():
                grams[layer].append(gram_matrix(features)[0])
        return {layer: mean_gram(torch.stack(found), weights) for layer, found in grams.items()}

    def _start(self, photographs: torch.Tensor, styles: list[list[torch.Tensor]]) -> torch.Tensor:
        if self.recipe.start == "content":
            return photographs
        if self.recipe.start == "noise":
            generator = torch.Generator().manual_seed(self.recipe.seed)
            noise = torch.randn(photographs.shape[1:], generator=generator)
            return noise.to(self.device).expand_as(photographs)
        pairs = zip(photographs, styles, strict=True)
        return torch.stack([match_colour(photograph, style) for photograph, style in pairs])
