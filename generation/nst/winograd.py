"""3 x 3 convolutions on a CPU with a quarter of the multiplications.

Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray 2016, Fast Algorithms for
Convolutional Neural Networks): a 6 x 6 tile d of the input gives a 4 x 4 tile of the output,

    A^T [ (G w G^T) * (B^T d B) ] A,

with 36 multiplications per pair of channels instead of 144. The 36 products become as many
matrix products over (tiles, channels); the transforms are products with small Kronecker
matrices. PyTorch's own CPU convolutions multiply directly.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

_TILE, _OUT = 6, 4
# Interpolation points 0, 1, -1, 2, -2 and infinity.
_BT = (
    (4.0, 0.0, -5.0, 0.0, 1.0, 0.0),
    (0.0, -4.0, -4.0, 1.0, 1.0, 0.0),
    (0.0, 4.0, -4.0, -1.0, 1.0, 0.0),
    (0.0, -2.0, -1.0, 2.0, 1.0, 0.0),
    (0.0, 2.0, -1.0, -2.0, 1.0, 0.0),
    (0.0, 4.0, 0.0, -5.0, 0.0, 1.0),
)
_G = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
_AT = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    (0.0, 1.0, -1.0, 2.0, -2.0, 0.0),
    (0.0, 1.0, 1.0, 4.0, 4.0, 0.0),
    (0.0, 1.0, -1.0, 8.0, -8.0, 1.0),
)
# Tiles are worked on in portions whose transforms stay in the last cache, in numbers.
_PORTION = 1_600_000


def transform(weight: torch.Tensor) -> torch.Tensor:
    """Filters (C_out, C_in, 3, 3) -> (36, C_in, C_out), G w G^T of each."""
    g = torch.tensor(_G, dtype=torch.float64)
    spread = torch.einsum("ai,ocij,bj->abco", g, weight.double(), g)
    return spread.flatten(0, 1).to(weight.dtype).contiguous()


def convolve(
    x: torch.Tensor, filters: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Convolution with padding 1 of x (B, C_in, H, W) -> (B, C_out, H, W), channels last.

    `filters` is `transform(weight)`, bias (C_out,). In float32 the results differ from direct
    convolution by some 1e-6 of their size.
    """
    batch, maps, height, width = x.shape
    outs = filters.shape[2]
    high, wide = -(-height // _OUT), -(-width // _OUT)
    tiles = _tiles(x, high, wide)
    out = torch.empty(
        (batch, outs, high * _OUT, wide * _OUT), dtype=x.dtype, memory_format=torch.channels_last
    )
    places = out.permute(0, 2, 3, 1).view(batch, high, _OUT, wide, _OUT, outs)
    places = places.permute(2, 4, 0, 1, 3, 5)
    before, after = _kron(_BT, x), _kron(_AT, x)
    images, rows = _portion(batch, high, wide, max(maps, outs))
    for image in range(0, batch, images):
        for row in range(0, high, rows):
            part = tiles[:, :, image : image + images, row : row + rows]
            spread = torch.mm(before, part.reshape(_TILE**2, -1))
            product = torch.bmm(spread.view(_TILE**2, -1, maps), filters)
            place = places[:, :, image : image + images, row : row + rows]
            found = torch.mm(after, product.view(_TILE**2, -1)).view(place.shape)
            place.copy_(found) if bias is None else torch.add(found, bias, out=place)
    return out[:, :, :height, :width].contiguous(memory_format=torch.channels_last)


def _tiles(x: torch.Tensor, high: int, wide: int) -> torch.Tensor:
    """A view (6, 6, B, high, wide, C) of the overlapping tiles, zeros around the image."""
    height, width = x.shape[2:]
    margins = (0, 0, 1, 1 + wide * _OUT - width, 1, 1 + high * _OUT - height)
    padded = F.pad(x.permute(0, 2, 3, 1), margins)
    return padded.unfold(1, _TILE, _OUT).unfold(2, _TILE, _OUT).permute(4, 5, 0, 1, 2, 3)


def _portion(batch: int, high: int, wide: int, maps: int) -> tuple[int, int]:
    """How many images, or rows of tiles of one image, are worked on at once."""
    rows = max(1, _PORTION // (_TILE**2 * wide * maps))
    return (min(batch, rows // high), high) if rows >= high else (1, rows)


def _kron(matrix: tuple[tuple[float, ...], ...], like: torch.Tensor) -> torch.Tensor:
    one = torch.tensor(matrix, dtype=like.dtype, device=like.device)
    return torch.kron(one, one)
