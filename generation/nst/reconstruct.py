"""What a layer knows of an image: the image recovered from F_l alone, or from G_l alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from generation.nst.images import fit
from generation.nst.recipe import Recipe, Scale
from generation.nst.transfer import Step, Style, stylise

LAYERS = tuple(f"relu{block}_1" for block in range(1, 6))


@dataclass(frozen=True)
class Reconstruction:
    """An image recovered from one layer's activations ("content"), or from the Gram matrices of
    a layer and those before it ("style"); `error` is the mean absolute difference from the
    original, in grey levels.
    """

    kind: str
    layer: str
    image: Image.Image
    error: float


def reconstruct(
    image: Image.Image,
    *,
    layers: Sequence[str] = LAYERS,
    size: int = 160,
    iterations: int = 150,
    seed: int = 0,
    device: str = "auto",
    on_step: Callable[[int, int], None] | None = None,
) -> Iterator[Reconstruction]:
    """From noise, per layer from its activations, then per layer from the Gram matrices up to it
    (Gatys et al. 2015, figure 1); the longer side is `size` px.

    `on_step(iterations done, in all)` is called after each.
    """
    original = fit(image, size)
    kinds = [("content", layer) for layer in layers] + [("style", layer) for layer in layers]
    total = len(kinds) * iterations
    for index, (kind, layer) in enumerate(kinds):

        def tell(step: Step, before: int = index * iterations) -> None:
            if on_step:
                on_step(before + step.done, total)

        recipe = _recipe(kind, layer, layers, Scale(size=size, iterations=iterations), seed)
        (result,) = stylise([original], [Style([original])], recipe, device=device, on_step=tell)
        yield Reconstruction(kind, layer, result.image, _difference(result.image, original))


def strip(original: Image.Image, found: Sequence[Reconstruction]) -> Image.Image:
    """The original, and in two rows its reconstructions from the contents and from the styles."""
    rows = [[item.image for item in found if item.kind == kind] for kind in ("content", "style")]
    width, height = rows[0][0].size
    sheet = Image.new("RGB", (width * (1 + max(map(len, rows))), height * 2), "white")
    sheet.paste(original.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))
    for down, row in enumerate(rows):
        for across, image in enumerate(row, start=1):
            sheet.paste(image, (across * width, down * height))
    return sheet


def _recipe(kind: str, layer: str, layers: Sequence[str], scale: Scale, seed: int) -> Recipe:
    upto = tuple((name, 1.0) for name in layers[: list(layers).index(layer) + 1])
    return Recipe(
        content_layers=((layer, 1.0),) if kind == "content" else (),
        style_layers=upto if kind == "style" else (),
        scales=(scale,),
        start="noise",
        seed=seed,
    )


def _difference(one: Image.Image, other: Image.Image) -> float:
    a, b = (np.asarray(image, dtype=np.float64) for image in (one, other))
    return float(np.abs(a - b).mean())
