"""Colour statistics: means and covariances of pixels."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def match_colour(image: torch.Tensor, like: Sequence[torch.Tensor]) -> torch.Tensor:
    """`image` (3, H, W) moved to the mean and covariance of the pixels of the images `like`.

    The map x -> A (x - mean) + mean' with A = S'^(1/2) S^(-1/2), S and S' the covariances of
    the pixels (Gatys et al. 2016, Controlling Perceptual Factors, section 5, image analogies'
    choice of A). Values may leave 0-255. A small ridge keeps grey images invertible.
    """
    mean, spread = _statistics(image.flatten(1))
    wanted_mean, wanted_spread = _statistics(torch.cat([other.flatten(1) for other in like], 1))
    change = _power(wanted_spread, 0.5) @ _power(spread, -0.5)
    pixels = change @ (image.flatten(1).double() - mean) + wanted_mean
    return pixels.view(image.shape).to(image.dtype)


def _statistics(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean (3, 1) and covariance (3, 3) of pixels (3, n), in float64."""
    pixels = pixels.double()
    mean = pixels.mean(1, keepdim=True)
    centred = pixels - mean
    ridge = torch.eye(3, dtype=pixels.dtype, device=pixels.device)
    return mean, centred @ centred.T / pixels.shape[1] + ridge


def _power(matrix: torch.Tensor, exponent: float) -> torch.Tensor:
    """A power of a symmetric positive definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=1e-6) ** exponent) @ vectors.T
