"""Clustering many images: does it agree with the exact way, how long it takes, how much memory.

python -m benchmarks.clustering agreement
python -m benchmarks.clustering memory [IMAGES]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from generation.nst.clustering import Partition, partition
from generation.nst.features import Features
from generation.nst.reduction import LANDMARKS, joint_matrix
from generation.sources.samples import CONTENTS, TEXTURES

CROPS, SIDE = 1_000, 96
DEEP, STYLE = 512, 305_888
PICTURES = 40  # files of synthetic features, each read as many images


def agreement() -> None:
    """The adjusted Rand index of reduced and of exact points, on crops of nine photographs."""
    pictures, truth = crops()
    with tempfile.TemporaryDirectory() as folder:
        features = described(pictures, Path(folder) / "features.npy")
        exact = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=CROPS)
        print("| landmarks | k | adjusted Rand index | silhouette | exact silhouette |")
        print("|---|---|---|---|---|")
        for landmarks in (128, 256, LANDMARKS):
            points = joint_matrix(features, deep_weight=1, style_weight=1, landmarks=landmarks)
            for k in (2, 3, 5, 8):
                ours, theirs = (partition(each, k=k, seed=0) for each in (points, exact))
                index = adjusted_rand_score(labels(ours), labels(theirs))
                print(
                    f"| {landmarks} | {k} | {index:.3f} | {ours.silhouette:.3f} "
                    f"| {theirs.silhouette:.3f} |",
                    flush=True,
                )
        nine = partition(exact, k=len(set(truth)), seed=0)
        print(f"exact, with the photographs: {adjusted_rand_score(truth, labels(nine)):.3f}")


def crops() -> tuple[list[Image.Image], list[int]]:
    """Squares of 0.2 to 0.8 of each photograph's shorter side, anywhere in it, and whose."""
    generator = random.Random(0)
    photographs = [p.open() for p in [*TEXTURES.values(), *(p for p, _ in CONTENTS.values())]]
    pictures, truth = [], []
    for number in range(CROPS):
        truth.append(number % len(photographs))
        photograph = photographs[truth[-1]]
        side = round(min(photograph.size) * generator.uniform(0.2, 0.8))
        left = generator.randint(0, photograph.width - side)
        top = generator.randint(0, photograph.height - side)
        crop = photograph.crop((left, top, left + side, top + side))
        pictures.append(crop.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return pictures, truth


def described(pictures: Sequence[Image.Image], path: Path) -> list[Features]:
    """Their features, in a file of which each is a view."""
    from generation.nst.descriptors import describe

    rows = np.lib.format.open_memmap(path, "w+", "<f4", (len(pictures), DEEP + STYLE))
    for start in range(0, len(pictures), 16):
        for i, one in enumerate(describe(pictures[start : start + 16], device="cpu"), start):
            rows[i] = np.concatenate([one.deep, one.style])
    return [Features(row[:DEEP], row[DEEP:]) for row in rows]


def labels(found: Partition) -> npt.NDArray[np.intp]:
    pairs = [(m.index, label) for label, c in enumerate(found.clusters) for m in c.members]
    return np.array([label for _, label in sorted(pairs)])


class Synthetic(Sequence[Features]):
    """As many images as asked for, each read from one of a few stored files and changed a little.

    What is read, unpacked and computed with is as much as with real ones.
    """

    def __init__(self, count: int, folder: Path) -> None:
        self.count = count
        self.folder = folder
        generator = np.random.default_rng(0)
        for number in range(PICTURES):
            deep, style = (generator.normal(size=n).astype("f4") for n in (DEEP, STYLE))
            np.savez(folder / f"{number}.npz", deep=unit(deep), style=unit(style))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: Any) -> Any:
        with np.load(self.folder / f"{index % PICTURES}.npz") as stored:
            deep, style = stored["deep"], stored["style"]
        shift = int(np.random.RandomState(index).randint(1, STYLE))
        return Features(deep, unit(style + 0.3 * np.roll(style, shift)))


def unit(vector: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def memory(count: int) -> None:
    """Peak resident memory of this process, and the time of each part."""
    with tempfile.TemporaryDirectory() as folder:
        features = Synthetic(count, Path(folder))
        started = time.perf_counter()
        points = joint_matrix(features, deep_weight=1, style_weight=1)
        tell(f"{count:,} images reduced to {points.shape[1]} numbers each", started)
    for k in (3, "auto"):
        started = time.perf_counter()
        partition(points, k=k, seed=0)
        tell(f"k={k}", started)


def tell(what: str, started: float) -> None:
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1000
    print(f"{what}: {time.perf_counter() - started:,.0f} s, peak {peak:,.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["agreement", "memory"])
    parser.add_argument("images", nargs="?", type=int, default=20_000)
    given = parser.parse_args()
    agreement() if given.what == "agreement" else memory(given.images)


if __name__ == "__main__":
    main()
