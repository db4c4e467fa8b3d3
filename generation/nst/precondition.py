"""Coordinates of an image in which L-BFGS descends quickly."""

from __future__ import annotations

import numpy as np
import torch

# Luminance, and two differences of colour: orthonormal rows over B, G, R.
_COLOURS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 2.0, -1.0))
# How fast the gradient of the objective turns, |dg| / |dx|, by spatial frequency (cycles per
# pixel) for each of these: measured along descents on photographs with several textures. The
# network answers to colours of middle frequencies 20 times as strongly as to slow luminance.
_FREQUENCIES = (0.005, 0.015, 0.03, 0.05, 0.075, 0.11, 0.155, 0.215, 0.3, 0.42, 0.6)
_CURVATURES = (
    (0.045, 0.035, 0.06, 0.14, 0.19, 0.23, 0.25, 0.25, 0.25, 0.25, 0.22),
    (0.28, 0.25, 0.6, 0.95, 0.9, 0.75, 0.5, 0.35, 0.33, 0.35, 0.4),
    (1.3, 0.7, 1.1, 1.3, 1.2, 0.9, 0.5, 0.26, 0.25, 0.35, 0.4),
)
_UNIT = 0.25  # the curvature that keeps its scale: luminance of middle frequencies


class Pixels:
    """The plain coordinates: every pixel's value."""

    def to_pixels(self, z: torch.Tensor) -> torch.Tensor:
        """Coordinates (B, 3, H, W) -> images (B, 3, H, W); linear and symmetric."""
        return z

    def from_pixels(self, x: torch.Tensor) -> torch.Tensor:
        """The inverse of `to_pixels`."""
        return x


class Preconditioned(Pixels):
    """Colour differences and spatial frequencies scaled by the root of their curvature.

    x = S z with S = C^T F^-1 diag(curvature^-1/2) F C, C a rotation of the colours, F the Fourier
    transform over the image. The objective's curvature is more even over z than over x, so that
    L-BFGS, which begins with the identity, needs fewer iterations. S is symmetric: the gradient
    in z is S times the gradient in x. Frequencies count in cycles per pixel, which is how the
    network sees them, whatever the size of the image.
    """

    def __init__(self, height: int, width: int, device: torch.device) -> None:
        self._size = (height, width)
        colours = torch.tensor(_COLOURS, device=device)
        self._colours = colours / colours.norm(dim=1, keepdim=True)
        self._scale = _scales(height, width).to(device)

    def to_pixels(self, z: torch.Tensor) -> torch.Tensor:
        return self._apply(z, self._scale)

    def from_pixels(self, x: torch.Tensor) -> torch.Tensor:
        return self._apply(x, 1 / self._scale)

    def _apply(self, image: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        turned = torch.einsum("ck,bkhw->bchw", self._colours, image)
        scaled = torch.fft.irfft2(torch.fft.rfft2(turned) * scale, s=self._size)
        return torch.einsum("ck,bchw->bkhw", self._colours, scaled).contiguous()


def _scales(height: int, width: int) -> torch.Tensor:
    """curvature^-1/2 of each colour and frequency, (3, H, W // 2 + 1)."""
    down, across = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    # The mean of the image has no frequency: it is scaled like the slowest one.
    radius = np.hypot(down[:, None], across[None]).clip(_FREQUENCIES[0], _FREQUENCIES[-1])
    curves = [np.interp(np.log(radius), np.log(_FREQUENCIES), np.log(c)) for c in _CURVATURES]
    return torch.from_numpy((np.exp(np.stack(curves)) / _UNIT) ** -0.5).float()
