"""Photographs, styles and masks at every scale, and the targets that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from PIL import Image

from generation.nst.checkpoints import key_of
from generation.nst.colour import luminance, match_colour
from generation.nst.errors import NstError
from generation.nst.gram import gram_matrix, mean_gram
from generation.nst.images import fit, fitted_size, from_caffe, to_caffe, to_network
from generation.nst.objective import Targets, guide
from generation.nst.recipe import Recipe
from generation.nst.vgg import VGG19

Pair = tuple[int, int]
_KEPT = 64  # targets of that many contents, and of that many styles, are kept
_FEW = 4  # the images of a style are many; its pairs follow each other


@dataclass(frozen=True)
class Style:
    """The images of a style cluster, nearest to its centre first, with their weights."""

    images: Sequence[Image.Image]
    weights: Sequence[float] | None = None


class Inputs:
    """What `stylise` was given, in the network's terms.

    Targets are computed once per content and per style and size, and kept while they are of
    use; where the colours of a style follow the content (colour "match"), once per pair.
    """

    def __init__(
        self,
        contents: Sequence[Image.Image],
        styles: Sequence[Style],
        *,
        masks: Sequence[Image.Image | None] | None,
        recipe: Recipe,
        network: VGG19,
        device: torch.device,
    ) -> None:
        self._contents, self._styles, self._masks = contents, styles, masks
        self._recipe, self._network, self._device = recipe, network, device
        self._content_target = lru_cache(_KEPT)(self._compute_content)
        self._style_target = lru_cache(_KEPT)(self._compute_style)
        self._style_images = lru_cache(_FEW)(self._fit_style)
        self._style_digest = lru_cache(_KEPT)(self._digest_style)

    def check(self, pair: Pair) -> tuple[int, int]:
        """The size (width, height) of the pair's finished image.

        Raises NstError for a pair that cannot be made: an image that is too narrow, a style
        without images or with weights that do not fit, a mask that is missing or marks nothing.
        """
        content, style = self._contents[pair[0]], self._styles[pair[1]]
        for scale in self._recipe.scales:
            for image in (content, *style.images[: self._recipe.style_members]):
                fitted_size(image, scale.size)
        if not style.images:
            raise NstError("expected a style of at least one image, got none")
        if style.weights is not None and len(style.weights) != len(style.images):
            raise NstError(
                f"expected a weight for each of {len(style.images)} images, "
                f"got {len(style.weights)}"
            )
        if self._recipe.foreground == "object":
            mask = self._masks[pair[0]] if self._masks else None
            if mask is None or np.asarray(mask.convert("L")).max() == 0:
                raise NstError("expected a mask that marks the object, got none")
        return fitted_size(content, self._recipe.size)

    def key(self, pair: Pair) -> str:
        """Names everything that decides the pair's image, the machinery included."""
        content, style = pair
        mask = self._masks[content] if self._masks else None
        weights = self._styles[style].weights
        network = self._network
        machinery = [str(self._device), str(network.dtype), network.sha256, torch.__version__]
        known = None if weights is None else list(weights)
        pictures = [
            _digest(self._contents[content]), mask and _digest(mask), self._style_digest(style)
        ]  # fmt: skip
        return key_of(self._recipe.to_json(), known, machinery, pictures)

    def photograph(self, content: int, size: int) -> torch.Tensor:
        """The content image (3, H, W) as the transfer sees it."""
        return self._seen(self._contents[content], size)

    def mask(self, content: int, size: int) -> torch.Tensor | None:
        """The object (H, W), 0 to 1, where only that is changed."""
        if self._recipe.foreground == "none" or not self._masks:
            return None
        mask = self._masks[content]
        if mask is None:
            return None
        fitted = fitted_size(self._contents[content], size)
        grey = mask.convert("L").resize(fitted, Image.Resampling.BOX)
        return torch.from_numpy(np.asarray(grey, dtype=np.float32) / 255).to(self._device)

    def members(self, pair: Pair, size: int) -> list[torch.Tensor]:
        """The style's images (3, H, W), in the colours in which they are transferred."""
        seen = self._style_images(pair[1], size)
        if self._recipe.colour != "match":
            return seen
        photograph = self.photograph(pair[0], size)
        return [match_colour(image, [photograph]) for image in seen]

    def targets(self, pairs: Sequence[Pair], size: int) -> Targets:
        """The targets of a batch of pairs whose contents have one shape."""
        contents = [self._content_target(content, size) for content, _ in pairs]
        follows = self._recipe.colour == "match"
        styles = [self._style_target(s, c if follows else None, size) for c, s in pairs]
        content = {name: torch.cat([c[name] for c in contents]) for name in contents[0]}
        style = {name: torch.stack([s[name] for s in styles]) for name in styles[0]}
        return Targets(content, style, self._guides(pairs, size))

    def start(self, pair: Pair, size: int) -> torch.Tensor:
        """Where the descent begins (3, H, W)."""
        photograph = self.photograph(pair[0], size)
        if self._recipe.start == "content":
            return photograph
        if self._recipe.start == "colour":
            mask = self.mask(pair[0], size)
            return match_colour(photograph, self.members(pair, size), mask)
        generator = torch.Generator().manual_seed(self._recipe.seed)
        noise = torch.randn(photograph.shape, generator=generator)
        return (noise * _NOISE).to(self._device)

    def surroundings(self, pair: Pair, size: int) -> torch.Tensor:
        """What the network sees around the object (3, H, W): the photograph in the style's colours.

        In its own colours the object's edge would take their complements, to make up for what
        the fields of its features see beside it.
        """
        return match_colour(self.photograph(pair[0], size), self.members(pair, size))

    def _seen(self, image: Image.Image, size: int) -> torch.Tensor:
        x = to_network(fit(image, size))
        if self._recipe.colour == "luminance":
            x = to_caffe(luminance(from_caffe(x)))
        return x.to(self._device)

    def _fit_style(self, style: int, size: int) -> list[torch.Tensor]:
        images = self._styles[style].images[: self._recipe.style_members]
        return [self._seen(image, size) for image in images]

    def _digest_style(self, style: int) -> str:
        return key_of([_digest(image) for image in self._styles[style].images])

    def _compute_content(self, content: int, size: int) -> dict[str, torch.Tensor]:
        layers = dict(self._recipe.content_layers)
        return self._network(self.photograph(content, size)[None], layers) if layers else {}

    def _compute_style(self, style: int, content: int | None, size: int) -> dict[str, torch.Tensor]:
        layers = dict(self._recipe.style_layers)
        images = self.members((content or 0, style), size) if layers else []
        given = self._styles[style].weights
        weights = torch.ones(len(images)) if given is None else torch.tensor(given[: len(images)])
        grams: dict[str, list[torch.Tensor]] = {layer: [] for layer in layers}
        for image in images:  # one at a time: they may have different shapes
            for layer, features in self._network(image[None], layers).items():
                grams[layer].append(gram_matrix(features)[0])
        return {
            name: mean_gram(torch.stack(g), weights.to(self._device)) for name, g in grams.items()
        }

    def _guides(self, pairs: Sequence[Pair], size: int) -> dict[str, torch.Tensor]:
        masks = [self.mask(content, size) for content, _ in pairs]
        found = [mask for mask in masks if mask is not None]
        if not found:
            return {}
        layers = [name for name, _ in self._recipe.style_layers]
        sizes = {name: _layer_size(name, found[0].shape) for name in layers}
        return {name: torch.stack([guide(mask, sizes[name]) for mask in found]) for name in layers}


def _digest(image: Image.Image) -> str:
    return key_of(list(image.size), image.tobytes())


# Standard deviation of a noise start, near that of photographs' pixels.
_NOISE = 50.0


def _layer_size(name: str, size: torch.Size) -> tuple[int, int]:
    """Height and width of a layer's maps: each block before it halves them, rounding down."""
    halvings = int(name[4]) - 1
    return size[0] >> halvings, size[1] >> halvings
