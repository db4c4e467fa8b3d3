"""How many images fit at once, and memory that is kept for the next iteration."""

from __future__ import annotations

import ctypes
import functools
import sys

import psutil
import torch

# Bytes per pixel that a pass through the network needs: activations, what pulls at them, and
# the largest convolution's input and output; in float32.
_PASS = 3_000
# A CPU gains nothing from more images at once than this; a GPU little.
_MOST = {"cpu": 4, "mps": 16, "cuda": 64}
# Pixels of a pass whose widest activations (64 maps) still fit the last cache of a usual CPU.
_CACHED = 256 * 256

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def images_at_once(device: torch.device, pixels: int, history: int) -> int:
    """How many images of that many pixels a batch may hold, from the memory that is free now."""
    own = 3 * pixels * 4 * (2 * history + 10)  # the optimiser's vectors
    if device.type == "cuda":
        free = int(torch.cuda.mem_get_info(device)[0] * 0.8)
        each = own + pixels * _PASS
    else:
        free = psutil.virtual_memory().available // 2 - pixels * _PASS
        each = own
    return max(1, min(_MOST.get(device.type, 8), free // each))


def images_per_pass(device: torch.device, pixels: int) -> int:
    """How many of a batch's images go through the network together.

    On a GPU all of them; on a CPU as many as the cache holds, since a pass of larger arrays
    waits for the memory.
    """
    return 1_000_000 if device.type != "cpu" else max(1, _CACHED // pixels)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether PyTorch failed to get memory, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


@functools.cache
def keep_freed_memory() -> None:
    """Let this process keep what PyTorch's CPU allocator gives back, for its next allocation.

    Arrays of megabytes are otherwise returned to the system after each use and come back as
    pages that must be cleared one by one, which can take as long as the arithmetic. Only the GNU
    C library is told so; elsewhere nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most that glibc accepts
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
