"""Style transfer of many pairs of content and style."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

import torch
from PIL import Image

from generation.nst.checkpoints import Checkpoints
from generation.nst.compatibility import Compatibility
from generation.nst.devices import pick_device
from generation.nst.engine import Engine, Finished, Item, Told
from generation.nst.errors import NstError
from generation.nst.inputs import Pair, Style
from generation.nst.memory import images_at_once, is_out_of_memory
from generation.nst.recipe import Recipe

__all__ = ["Step", "Style", "Stylised", "stylise"]


@dataclass(frozen=True)
class Stylised:
    """A finished image, which pair it is, and what it took."""

    content: int
    style: int
    image: Image.Image
    loss: float
    compatibility: Compatibility
    seconds: float
    device: str
    precision: str


@dataclass(frozen=True)
class Step:
    """An iteration of a batch.

    `done` of `total` image steps are done, over all pairs. `x` (B, 3, H, W), in the network's
    terms, are the images that were evaluated, of the batch's `pairs` in their order, and `losses`
    (B,) their objectives. Both are on the device: reading them makes a GPU wait.
    """

    pairs: tuple[Pair, ...]
    scale: int
    iteration: int
    x: torch.Tensor
    losses: torch.Tensor
    done: int
    total: int


OnStep = Callable[[Step], None]
OnError = Callable[[int, int, Exception], None]


def stylise(
    contents: Sequence[Image.Image],
    styles: Sequence[Style],
    recipe: Recipe,
    *,
    pairs: Sequence[Pair] | None = None,
    masks: Sequence[Image.Image | None] | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    backbone_file: str | None = None,
    checkpoints: Path | None = None,
    on_step: OnStep | None = None,
    on_error: OnError | None = None,
) -> Iterator[Stylised]:
    """Every pair (content index, style index), all of them by default, as it is finished.

    Contents of one shape are optimised together: `batch_size` at a time, by default as many as
    the free memory takes; a batch that turns out too large is halved. An image does not depend
    on its neighbours in the batch, up to rounding. The longer side of a result is `recipe.size`
    px. `masks`, one per content, mark the objects (white) for a recipe that changes only these.

    With a folder `checkpoints` a run that was killed continues, when the same is asked for
    again, with the optimiser's history: it ends with the same image.

    A pair that cannot be made is told to `on_error(content, style, error)` and the others go on;
    without `on_error` its error is raised: ImageError for an image that is too narrow, NstError
    for a style without images, a missing mask, or an objective that is not finite. NstError is
    also raised for a device that is not there, WeightsError for a backbone that is not.
    """
    stored = None if checkpoints is None else Checkpoints(checkpoints)
    engine = Engine(
        contents, styles, masks=masks, recipe=recipe, device=pick_device(device),
        checkpoints=stored, backbone_file=backbone_file,
    )  # fmt: skip
    chosen = list(product(range(len(contents)), range(len(styles)))) if pairs is None else pairs
    run = _Run(engine, len(chosen), batch_size, on_step, on_error)
    yield from run.all(chosen)


class _Run:
    """The batches of one call of `stylise`."""

    def __init__(
        self,
        engine: Engine,
        pairs: int,
        batch_size: int | None,
        on_step: OnStep | None,
        on_error: OnError | None,
    ) -> None:
        self._engine, self._batch_size = engine, batch_size
        self._on_step, self._on_error = on_step, on_error
        self._each = engine.recipe.iterations
        self._total, self._done = pairs * self._each, 0

    def all(self, pairs: Sequence[Pair]) -> Iterator[Stylised]:
        items = [item for item in map(self._prepare, pairs) if item]
        # Neighbours share their style, whose targets are then at hand.
        items.sort(key=lambda item: (item.size, item.progress, item.pair[1], item.pair[0]))
        for size, alike in groupby(items, key=lambda item: (item.size, item.progress)):
            left = list(alike)
            while left:
                width, height = size[0]
                most = self._batch_size or images_at_once(
                    self._engine.device, width * height, self._engine.recipe.history
                )
                batch, left = left[:most], left[most:]
                yield from self._make(batch)

    def _prepare(self, pair: Pair) -> Item | None:
        try:
            size = self._engine.inputs.check(pair)
        except NstError as error:
            self._fail(pair, error)
            return None
        stored = self._engine.checkpoints
        key = self._engine.inputs.key(pair) if stored else ""
        return Item(pair, size, key, stored.load(key) if stored else None)

    def _make(self, batch: Sequence[Item]) -> Iterator[Stylised]:
        started, before = time.perf_counter(), self._done
        try:
            finished = self._engine.run(batch, self._teller(batch))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            finished = None
            failure = NstError(f"not enough memory for an image of {batch[0].size} px: {error}")
        if finished is None:  # outside of the handler, which holds the failed tensors
            self._done = before
            if len(batch) == 1:
                self._fail(batch[0].pair, failure)
                return
            half = len(batch) // 2
            self._batch_size = half
            yield from self._make(batch[:half])
            yield from self._make(batch[half:])
            return
        seconds = (time.perf_counter() - started) / len(batch)
        self._done = before + len(batch) * self._each
        for item, found in zip(batch, finished, strict=True):
            yield from self._give(item, found, seconds)

    def _give(self, item: Item, found: Finished | None, seconds: float) -> Iterator[Stylised]:
        engine = self._engine
        if found is None:
            self._fail(item.pair, NstError("the objective is not finite: is an image damaged?"))
            return
        yield Stylised(
            *item.pair, found.image, found.loss, found.compatibility, seconds,
            str(engine.device), str(engine.dtype).removeprefix("torch."),
        )  # fmt: skip
        if engine.checkpoints:  # the caller has the image now
            engine.checkpoints.drop(item.key)

    def _teller(self, batch: Sequence[Item]) -> Told:
        pairs = tuple(item.pair for item in batch)
        scales, before = self._engine.recipe.scales, self._done

        def tell(scale: int, iteration: int, x: torch.Tensor, losses: torch.Tensor) -> None:
            reached = sum(s.iterations for s in scales[:scale]) + iteration
            self._done = before + len(batch) * reached
            if self._on_step:
                self._on_step(Step(pairs, scale, iteration, x, losses, self._done, self._total))

        return tell

    def _fail(self, pair: Pair, error: NstError) -> None:
        self._done += self._each
        if self._on_error is None:
            raise error
        self._on_error(*pair, error)
