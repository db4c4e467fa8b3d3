"""Milliseconds per image and iteration, beside pastiche in the same run: `make bench-nst`.

Forward pass, losses and input gradient to relu5_1, and the optimiser's step. Each figure is the
median of the iterations after the first three.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import torch
from PIL import Image

from generation.nst import Recipe, Scale, Style, stylise
from generation.nst.devices import has_fast_bfloat16, pick_device
from generation.sources.samples import CONTENTS, TEXTURES

ITERATIONS = 12
WARM = 3


def pictures(size: int) -> tuple[Image.Image, Image.Image]:
    whole, box = CONTENTS["coffee"]
    style = TEXTURES["gravel"].open().crop((0, 0, 256, 256))
    return whole.open().crop(box).resize((size, size)), style.resize((size, size))


def ours(size: int, batch: int, precision: str, device: str) -> float:
    """Median milliseconds per image and iteration."""
    content, style = pictures(size)
    recipe = Recipe(precision=precision, scales=(Scale(size=size, iterations=ITERATIONS),))
    ticks: list[float] = []

    def tick(done: int, total: int) -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        ticks.append(time.perf_counter())

    contents = [content] * batch
    list(stylise(contents, [Style([style])], recipe, device=device, batch_size=batch, on_step=tick))
    steps = [b - a for a, b in itertools.pairwise(ticks)][WARM:]
    return 1000 * statistics.median(steps) / batch


def pastiche(size: int, device: str) -> float:
    from pastiche.pastiche import PasticheArtist

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = [Path(folder) / name for name in ("content.png", "style.png")]
        for path, image in zip(paths, pictures(size), strict=True):
            image.save(path)
        artist = PasticheArtist(str(paths[0]), [str(paths[1])], device=device, size=size)
        steps = []
        for _ in range(ITERATIONS):
            started = time.perf_counter()
            artist.draw()
            steps.append(time.perf_counter() - started)
    return 1000 * statistics.median(steps[WARM:])


def main() -> None:
    device = pick_device()
    precisions = ["float32", *(["bfloat16"] if has_fast_bfloat16(device) else [])]
    print(f"torch {torch.__version__}, {device}, {torch.get_num_threads()} threads")
    print("| px | pastiche | " + " | ".join(f"{p}, batch {b}" for p in precisions for b in (1, 4)))
    for size in (64, 128, 160, 256):
        peer = pastiche(size, str(device))
        cells = [ours(size, b, p, str(device)) for p in precisions for b in (1, 4)]
        shown = " | ".join(f"{cell:.0f} ms ({peer / cell:.1f} x)" for cell in cells)
        print(f"| {size} | {peer:.0f} ms | {shown}")


if __name__ == "__main__":
    main()
