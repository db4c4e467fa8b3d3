"""The object of a photograph by GrabCut, begun with edges between it and the border."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

Bits = NDArray[np.bool_]

# What covers less or more than this share of a photograph is no object in it.
_LEAST, _MOST = 0.02, 0.95
_SIDE = 320  # px of the longer side that GrabCut works at; its time grows with the pixels
_GRID = 96  # px of the longer side for the paths from the border
_ITERATIONS = 5
_EDGE = 2  # px of the border that are background for sure
_NOISE = 3.0  # differences of neighbours in CIE Lab that are no edge
# A path's cost, as a share of the photograph's highest, above which a pixel may be the object:
# little in the middle, more towards the corners. Found by eye on photographs of scikit-image.
_NEAR, _FAR = 0.1, 0.6
_ELLIPSE = 0.75  # semi-axes, as a share of the half sides, where no edge surrounds anything
_PART = 0.2  # parts smaller than this share of the largest one are no part of the object
_HOLE = 0.1  # holes smaller than this share of the object are no holes


def cut_out(image: Image.Image) -> Image.Image | None:
    """The object's mask: "L", of the image's size, 255 or 0; None where no object stands out.

    GrabCut (Rother et al. 2004) that begins with what can be reached from the upper, left and
    right border only across edges, the more so near the centre (a geodesic and a centre prior,
    as Wei et al. 2012). Things stand on the lower border, so it alone makes no background.
    """
    small = _small(image, _SIDE)
    mask = _enlarged(_tidy(_grab_cut(small, _seeds(small))), image.size)
    return mask if _LEAST <= np.asarray(mask).mean() / 255 <= _MOST else None


def _small(image: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB (H, W, 3), the longer side at most `side` px."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))


def _seeds(rgb: NDArray[np.uint8]) -> Bits:
    """(H, W): where the object probably is, to begin with."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[:height, :width]
    radius = np.hypot((x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1)
    seeds: Bits = _distance_from_border(rgb) > _NEAR + _FAR * radius**4
    if _LEAST / 2 <= seeds.mean() <= _MOST:
        return seeds
    ellipse: Bits = radius < _ELLIPSE
    return ellipse


def _distance_from_border(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W): cost of the cheapest path from the border, as a share of the highest costs.

    A step costs the difference of colour between its two pixels; the lower border is no start.
    """
    grid = _small(Image.fromarray(rgb), _GRID).astype(np.float32) / 255
    lab = cv2.cvtColor(grid, cv2.COLOR_RGB2LAB)
    number = np.arange(lab.shape[0] * lab.shape[1]).reshape(lab.shape[:2])
    starts = np.unique([*number[0], *number[:, 0], *number[:, -1]])
    across, down = _steps(lab[:, :-1], lab[:, 1:]), _steps(lab[:-1], lab[1:])
    one = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    other = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    graph = coo_array((np.concatenate([across, down]), (one, other)), shape=(number.size,) * 2)
    cost = dijkstra(graph.tocsr(), directed=False, indices=starts, min_only=True)
    cost = cost.reshape(number.shape).astype(np.float32)
    # In a photograph without edges even the highest cost is low, and is no evidence.
    cost /= max(float(np.percentile(cost, 95)), 8.0)
    return cv2.resize(cost, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)


def _steps(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    # An edge of cost 0 would be none to the sparse matrix.
    steps: NDArray[Any] = np.maximum(np.linalg.norm(one - other, axis=-1) - _NOISE, 0) + 1e-3
    return steps.ravel()


def _grab_cut(rgb: NDArray[np.uint8], seeds: Bits) -> Bits:
    labels = np.where(seeds, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[:_EDGE] = labels[:, :_EDGE] = labels[:, -_EDGE:] = cv2.GC_BGD
    # Compression leaves speckles that are neither object nor background.
    calm = cv2.GaussianBlur(np.ascontiguousarray(rgb[..., ::-1]), (3, 3), 0)
    no_box, models = (0, 0, 0, 0), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)  # its k-means starts at random
    cv2.grabCut(calm, labels, no_box, *models, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    found: Bits = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    # What reaches the border goes on to its last pixel.
    found[:_EDGE] = found[_EDGE]
    found[:, :_EDGE] = found[:, [_EDGE]]
    found[:, -_EDGE:] = found[:, [-_EDGE - 1]]
    return found


def _tidy(found: Bits) -> Bits:
    """Without crumbs and pinholes; parts of comparable size are all kept."""
    calm = cv2.medianBlur(found.astype(np.uint8), 3).astype(bool)
    largest = _areas(calm).max(initial=0)
    whole = _without(calm, smaller_than=_PART * largest)
    return ~_without(~whole, smaller_than=_HOLE * float(whole.sum()))


def _without(bits: Bits, *, smaller_than: float) -> Bits:
    """`bits` less its connected parts of a smaller area."""
    _, labels = cv2.connectedComponents(bits.astype(np.uint8), connectivity=4)
    areas = np.bincount(labels.ravel())
    kept = areas >= smaller_than
    kept[0] = False
    result: Bits = kept[labels]
    return result


def _areas(bits: Bits) -> NDArray[np.int64]:
    _, labels = cv2.connectedComponents(bits.astype(np.uint8), connectivity=4)
    return np.bincount(labels.ravel())[1:]


def _enlarged(bits: Bits, size: tuple[int, int]) -> Image.Image:
    """At the photograph's size, with round instead of stepped edges."""
    soft = cv2.GaussianBlur(bits.astype(np.float32), (0, 0), 1.0)
    large = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(((large > 0.5) * 255).astype(np.uint8))
