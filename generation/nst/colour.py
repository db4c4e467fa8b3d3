"""Colour: statistics of pixels, their transfer, and luminance alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch

_LUMINANCE_BGR = (0.114, 0.587, 0.299)  # Rec. 601


def match_colour(
    image: torch.Tensor, like: Sequence[torch.Tensor], weight: torch.Tensor | None = None
) -> torch.Tensor:
    """`image` (3, H, W) moved to the mean and covariance of the pixels of the images `like`.

    The map x -> A (x - mean) + mean' with A = S'^(1/2) S^(-1/2), S and S' the covariances of
    the pixels (Gatys et al. 2016, Controlling Perceptual Factors, section 5, image analogies'
    choice of A). Values may leave 0-255. A small ridge keeps grey images invertible. `weight`
    (H, W), of 0 to 1, says how much each pixel of `image` counts.
    """
    mean, spread = colour_statistics([image], weight)
    wanted_mean, wanted_spread = colour_statistics(like)
    change = _power(wanted_spread, 0.5) @ _power(spread, -0.5)
    shift = wanted_mean - change @ mean
    return (change.to(image) @ image.flatten(1) + shift.to(image)).view(image.shape)


def colour_distance(
    one: Sequence[torch.Tensor], other: Sequence[torch.Tensor], weight: torch.Tensor | None = None
) -> float:
    """How far apart the colours of two sets of images are, in grey levels (0-255).

    The Frechet distance of the Gaussians with the pixels' means and covariances (Dowson and
    Landau 1982): |m - m'|^2 + tr(S + S' - 2 (S^1/2 S' S^1/2)^1/2), its square root. `weight`
    (H, W) is for the pixels of `one`, which is then a single image.
    """
    (mean, spread), (mean2, spread2) = colour_statistics(one, weight), colour_statistics(other)
    root = _power(spread, 0.5)
    mixed = _power(root @ spread2 @ root, 0.5)
    square = (mean - mean2).square().sum() + torch.trace(spread + spread2 - 2 * mixed)
    return float(square.clamp(min=0).sqrt())


def colour_statistics(
    images: Sequence[torch.Tensor], weight: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean (3, 1) and covariance (3, 3) of the pixels of images (3, H, W), in float64 on the CPU.

    On the CPU because not every accelerator knows float64, and 3 x 3 matrices need none.
    """
    pixels = torch.cat([image.flatten(1) for image in images], 1).cpu().double()
    share = torch.ones(pixels.shape[1]) if weight is None else weight.flatten().cpu()
    share = share.double() / share.double().sum()
    mean = (pixels * share).sum(1, keepdim=True)
    centred = pixels - mean
    return mean, centred * share @ centred.T + torch.eye(3, dtype=torch.float64)


def luminance(image: torch.Tensor) -> torch.Tensor:
    """Each pixel's luminance in all three channels; (..., 3, H, W), BGR from 0 to 255."""
    weights = image.new_tensor(_LUMINANCE_BGR).view(3, 1, 1)
    return (image * weights).sum(-3, keepdim=True).expand_as(image).contiguous()


def with_luminance(image: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The colours of `image` with the luminance of `like`; both (..., 3, H, W), BGR 0 to 255.

    Both differences of colour stay as they are (Gatys et al. 2016, section 5: the luminance of
    the transfer with the I and Q channels of the content).
    """
    return image + luminance(like) - luminance(image)


def _power(matrix: torch.Tensor, exponent: float) -> torch.Tensor:
    """A power of a symmetric positive definite matrix; of one that is not finite, not a number."""
    if not matrix.isfinite().all():
        return torch.full_like(matrix, torch.nan)
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=1e-6) ** exponent) @ vectors.T
