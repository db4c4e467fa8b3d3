"""Gram matrices, their means, and the Neural Style Vector."""

from __future__ import annotations

from collections.abc import Mapping

import torch


def gram_matrix(features: torch.Tensor) -> torch.Tensor:
    """G = F F^T / (H W) of features (B, C, H, W) -> (B, C, C) (Gatys et al. 2015, eq. 3).

    In float32 at least: half precision overflows or spoils the differences of Gram matrices.
    Dividing by H W makes images of different sizes comparable and their mean meaningful.
    """
    rows = rows_of(features if features.dtype == torch.float64 else features.float())
    with torch.autocast(features.device.type, enabled=False):
        return torch.bmm(rows.transpose(1, 2), rows) / rows.shape[1]


def rows_of(features: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) -> (B, H W, C), a view where the channels lie last in memory."""
    batch, maps, height, width = features.shape
    return features.permute(0, 2, 3, 1).reshape(batch, height * width, maps)


def mean_gram(grams: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    """The weighted mean over images: (n, C, C) and weights (n,) -> (C, C).

    sum_i w_i |G - G_i|^2 = |G - mean G|^2 + const when the weights sum to 1, so the mean is
    exactly the target that transfers the style of all members at once.
    """
    if weights is None:
        return grams.mean(0)
    if len(weights) != len(grams) or float(weights.min()) < 0 or float(weights.sum()) <= 0:
        raise ValueError(
            f"expected {len(grams)} weights of 0 or more, not all 0, got {weights.tolist()}"
        )
    share = (weights / weights.sum()).to(grams)
    return torch.einsum("n,nij->ij", share, grams)


def neural_style_vector(gram: torch.Tensor) -> torch.Tensor:
    """Gram matrices (..., N, N) -> Neural Style Vectors (..., N (N + 1) / 2) of length 1.

    The lower triangle with the diagonal, row by row [G_11, G_21, G_22, ..., G_NN]; then the
    signed square root; then division by the Euclidean norm (Matsuo and Yanai, ICMR 2016).
    The vector of a matrix of zeros is zero.
    """
    size = gram.shape[-1]
    row, column = torch.tril_indices(size, size, device=gram.device)
    lower = gram[..., row, column]
    rooted = lower.sign() * lower.abs().sqrt()
    norm = rooted.norm(dim=-1, keepdim=True)
    return rooted / norm.where(norm > 0, torch.ones_like(norm))


def joined_style_vector(grams: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The Neural Style Vectors of several layers side by side, again of length 1.

    Each layer weighs the same, however many maps it has. `grams` maps layer names to
    (..., N_l, N_l), taken in the order of the mapping.
    """
    vectors = [neural_style_vector(gram) for gram in grams.values()]
    return torch.cat(vectors, dim=-1) / len(vectors) ** 0.5
