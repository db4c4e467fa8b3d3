"""The transfer engine beside pastiche, in one run on this machine: `make bench-nst`.

Three questions: how long until the objective that pastiche has reached after 100 and after 200
iterations; how much of the machine an iteration uses; how much memory a batch takes. Both sides
have the same images, weights and objective, which is evaluated in float32 for both, outside the
clock.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

from generation.nst import Recipe, Step, Style, load_vgg19, stylise
from generation.nst.devices import has_fast_bfloat16, pick_device
from generation.nst.gram import gram_matrix
from generation.nst.images import to_network
from generation.nst.layers import CONV_LAYERS, channels
from generation.nst.objective import Targets, objective
from generation.sources.samples import CONTENTS, TEXTURES

PAIRS = (("astronaut", "gravel"), ("coffee", "grass"), ("rocket", "brick"))
# pastiche's own objective.
OBJECTIVE = Recipe(
    losses="absolute",
    content_layers=(("relu4_2", 0.01),),
    style_layers=tuple((f"relu{i}_1", 10.0) for i in range(1, 6)),
    precision="float32",
)
SIZE, MARKS = 256, (100, 200)
# Ours from coarse to fine: a dozen cheap iterations buy what brick lacks, and are over before the
# other side has moved. The fine ones go on until the objective is reached.
COARSE = (128, 12)
WARM = 3


def recipe(precision: str, *scales: tuple[int, int]) -> Recipe:
    found = OBJECTIVE.to_json() | {
        "precision": precision,
        "scales": [{"size": size, "iterations": n} for size, n in scales],
    }
    return Recipe.from_json(found)


def pictures(pair: tuple[str, str], size: int) -> tuple[Image.Image, Image.Image]:
    photograph, box = CONTENTS[pair[0]]
    texture = TEXTURES[pair[1]].open()
    side = min(texture.size)
    return tuple(
        image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        for image in (photograph.open().crop(box), texture.crop((0, 0, side, side)))
    )


class _ReachedError(Exception):
    """The objective is low enough."""


class Evaluator:
    """The objective of a pair in float32."""

    def __init__(self, pair: tuple[str, str], device: torch.device) -> None:
        self.network, self.device = load_vgg19(device=device), device
        content, style = (to_network(image)[None].to(device) for image in pictures(pair, SIZE))
        features = self.network(style, dict(OBJECTIVE.style_layers))
        self.targets = Targets(
            self.network(content, dict(OBJECTIVE.content_layers)),
            {name: gram_matrix(found) for name, found in features.items()},
        )

    def __call__(self, x: torch.Tensor) -> float:
        if x.shape[2] != SIZE:  # what somebody would have who stopped here
            x = F.interpolate(x, SIZE, mode="bicubic", align_corners=False)
        return objective(self.network, x, self.targets, OBJECTIVE)[0].item()


def _artist(pair: tuple[str, str], size: int, device: torch.device):
    from pastiche.pastiche import PasticheArtist

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = [Path(folder) / name for name in ("content.png", "style.png")]
        for path, image in zip(paths, pictures(pair, size), strict=True):
            image.save(path)
        return PasticheArtist(str(paths[0]), [str(paths[1])], device=str(device), size=size)


def pastiche_descent(pair: tuple[str, str], device: torch.device) -> list[tuple[float, float]]:
    """(seconds, objective) after each of pastiche's iterations; its loader is not counted."""
    artist = _artist(pair, SIZE, device)
    spent, found = 0.0, []
    for _ in range(max(MARKS)):
        started = time.perf_counter()
        artist.draw()
        spent += _now(device) - started
        found.append((spent, float(artist.loss)))
    return found


def our_descent(
    pair: tuple[str, str], precision: str, device: torch.device, until: float
) -> list[tuple[float, float]]:
    """(seconds, objective) after each of our iterations, until the objective is `until`.

    The time includes targets, start and optimiser; it leaves out loading the network, as for
    pastiche, and the evaluation in float32.
    """
    content, style = pictures(pair, SIZE)
    evaluate = Evaluator(pair, device)
    list(stylise([content], [Style([style])], recipe(precision, (64, 1)), device=str(device)))
    outside, found = 0.0, []
    started = time.perf_counter()

    def on_step(step: Step) -> None:
        nonlocal outside
        now = _now(device)
        spent = now - started - outside
        found.append((spent, evaluate(step.x)))
        outside += _now(device) - now
        if found[-1][1] <= until:
            raise _ReachedError

    with contextlib.suppress(_ReachedError):
        list(
            stylise(
                [content], [Style([style])], recipe(precision, COARSE, (SIZE, 400)),
                device=str(device), on_step=on_step,
            )
        )  # fmt: skip
    return found


def when(descent: list[tuple[float, float]], goal: float) -> tuple[float, int] | None:
    """Seconds and iterations until the objective was first at or below `goal`."""
    for index, (seconds, value) in enumerate(descent, start=1):
        if value <= goal:
            return seconds, index
    return None


def worse_at_equal_time(
    ours: list[tuple[float, float]], theirs: list[tuple[float, float]]
) -> float:
    """The largest ratio of our best objective to pastiche's at the same time, at its moments."""
    worst = 0.0
    for seconds, value in theirs:
        so_far = [v for s, v in ours if s <= seconds]
        if so_far and seconds <= ours[-1][0]:
            worst = max(worst, min(so_far) / value)
    return worst


def descents(device: torch.device, precisions: list[str]) -> None:
    print(f"\n## Seconds to pastiche's objective after 100 and 200 iterations, {SIZE} px\n")
    print("| pair | mark | objective | pastiche | " + " | ".join(precisions) + " |")
    print("|---|---|---|---|" + "---|" * len(precisions))
    for pair in PAIRS:
        theirs = pastiche_descent(pair, device)
        goals = {mark: theirs[mark - 1] for mark in MARKS}
        ours = {p: our_descent(pair, p, device, goals[max(MARKS)][1]) for p in precisions}
        for mark, (seconds, goal) in goals.items():
            cells = []
            for precision in precisions:
                hit = when(ours[precision], goal)
                cells.append(
                    "not reached" if hit is None
                    else f"{hit[0]:.1f} s, {hit[1]} it ({seconds / hit[0]:.1f} x)"
                )  # fmt: skip
            name = " with ".join(pair)
            print(f"| {name} | {mark} | {goal:,.0f} | {seconds:.1f} s | {' | '.join(cells)} |")
        for precision in precisions:
            ratio = worse_at_equal_time(ours[precision], theirs)
            print(f"  {precision}: at equal time at most {ratio:.2f} of pastiche's objective")
        sys.stdout.flush()


def flops(size: int) -> float:
    """Multiplications and additions of the convolutions to conv5_1, forward and back, direct."""
    total, maps = 0, 3
    for name in CONV_LAYERS[: CONV_LAYERS.index("conv5_1") + 1]:
        side = size >> (int(name[4]) - 1)
        total += 2 * side * side * 9 * maps * channels(name)
        maps = channels(name)
    return 2.0 * total


def matmul_peak(precision: str, device: torch.device) -> float:
    """FLOP/s of the best of several products of square matrices, large enough for the device."""
    side = 8192 if device.type == "cuda" else 2048
    a = torch.randn(side, side, device=device, dtype=getattr(torch, precision))
    best = float("inf")
    for _ in range(12):
        started = time.perf_counter()
        a @ a
        best = min(best, _now(device) - started)
    return 2 * side**3 / best


def our_iteration(size: int, batch: int, precision: str, device: torch.device) -> float:
    """Median seconds per image and iteration."""
    content, style = pictures(PAIRS[0], size)
    ticks: list[float] = []
    list(
        stylise(
            [content] * batch, [Style([style])], recipe(precision, (size, 12)),
            device=str(device), batch_size=batch, on_step=lambda step: ticks.append(_now(device)),
        )
    )  # fmt: skip
    return statistics.median([b - a for a, b in itertools.pairwise(ticks)][WARM:]) / batch


def pastiche_iteration(size: int, device: torch.device) -> float:
    artist = _artist(PAIRS[0], size, device)
    steps = []
    for _ in range(12):
        started = time.perf_counter()
        artist.draw()
        steps.append(_now(device) - started)
    return statistics.median(steps[WARM:])


def iterations(device: torch.device, precisions: list[str]) -> None:
    """Beside pastiche's, and beside the floor: the convolutions' arithmetic at the matmul peak.

    A share above 100 % is possible where Winograd's filtering saves multiplications.
    """
    print("\n## Milliseconds per image and iteration; share of the matmul peak\n")
    columns = [(p, b) for p in precisions for b in ((1, 4) if device.type == "cpu" else (1, 32))]
    print("| px | floor | pastiche | " + " | ".join(f"{p}, batch {b}" for p, b in columns) + " |")
    print("|---|---|---|" + "---|" * len(columns))
    for size in (64, 128, 256):
        peer = pastiche_iteration(size, device)
        cells = []
        for precision, batch in columns:
            peak = matmul_peak(precision, device)
            each = our_iteration(size, batch, precision, device)
            share = flops(size) / each / peak
            cells.append(f"{1000 * each:.3g} ms ({peer / each:.1f} x, {share:.0%})")
        floors = " / ".join(
            f"{1000 * flops(size) / matmul_peak(p, device):.2g}" for p in precisions
        )
        print(f"| {size} | {floors} ms | {1000 * peer:.3g} ms | {' | '.join(cells)} |", flush=True)


def memory(precision: str) -> None:
    """Peak resident memory of whole processes, at 256 px."""
    print(f"\n## Peak resident memory at {SIZE} px, {precision}\n")
    peaks = {}
    for batch in (1, 4, 8):
        command = [sys.executable, "-m", "benchmarks.nst", "--peak", str(batch), precision]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[batch] = float(done.stdout.split()[-1])
        print(f"batch of {batch}: {peaks[batch]:,.0f} MB")
    print(f"per further image: {(peaks[8] - peaks[1]) / 7:,.0f} MB")


def peak(batch: int, precision: str) -> None:
    content, style = pictures(PAIRS[0], SIZE)
    list(
        stylise(
            [content] * batch, [Style([style])], recipe(precision, (SIZE, 4)),
            device="cpu", batch_size=batch,
        )
    )  # fmt: skip
    # Not getrusage's ru_maxrss, which knows the parent's peak as well.
    status = Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) / 1000)


def synchronisations(device: torch.device) -> None:
    """How often an iteration makes the host wait for a GPU, and images per second."""
    content, style = pictures(PAIRS[0], SIZE)
    steps = 20
    counts = []
    for n in (steps, 2 * steps):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            list(
                stylise([content], [Style([style])], recipe("auto", (SIZE, n)), device=str(device))
            )
            torch.cuda.set_sync_debug_mode("default")
        counts.append(sum("synchroniz" in str(w.message) for w in told))
    print(f"\nsynchronisations per iteration: {(counts[1] - counts[0]) / steps:.2f}")
    study = Recipe()
    started = time.perf_counter()
    made = list(stylise([content] * 32, [Style([style])], study, device=str(device)))
    print(f"images of the default recipe: {len(made) / (_now(device) - started):.2f} a second")


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", nargs=2, metavar=("BATCH", "PRECISION"))
    given = parser.parse_args()
    if given.peak:
        peak(int(given.peak[0]), given.peak[1])
        return
    device = pick_device()
    precisions = ["float32", *(["bfloat16"] if has_fast_bfloat16(device) else [])]
    print(f"torch {torch.__version__}, {device}, {torch.get_num_threads()} threads")
    print(
        "matmul peak: "
        + ", ".join(f"{p} {matmul_peak(p, device) / 1e9:.0f} GFLOP/s" for p in precisions)
    )
    iterations(device, precisions)
    descents(device, precisions)
    if device.type == "cuda":
        synchronisations(device)
    else:
        memory(precisions[-1])


if __name__ == "__main__":
    main()
