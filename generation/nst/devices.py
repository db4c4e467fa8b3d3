"""Where to compute, and in which precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from generation.nst.errors import NstError


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" is the first of cuda, mps and cpu that is there.

    Raises NstError for a device that this machine or this build of PyTorch lacks.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # a build without CUDA raises the latter
        raise NstError(f"device: expected auto, cpu, cuda, cuda:N or mps, got {name!r}") from error
    return device


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 natively; emulation is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
        return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "arm_bf16"))
    return False


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """The convolutions' dtype for a recipe's precision: "auto", "float32" or "bfloat16"."""
    if name == "auto":
        return torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
    dtype: torch.dtype = getattr(torch, name)
    return dtype


@contextmanager
def quick_products(dtype: torch.dtype) -> Iterator[None]:
    """On a GPU, products of float32 matrices by TensorFloat-32, unless `dtype` is float32.

    What comes out of convolutions in bfloat16 has 8 significant bits, of which the 11 of
    TensorFloat-32 lose none. Convolutions in float32 use it by PyTorch's own default.
    """
    flags = torch.backends.cuda.matmul
    before = flags.allow_tf32
    flags.allow_tf32 = before or dtype != torch.float32
    try:
        yield
    finally:
        flags.allow_tf32 = before
