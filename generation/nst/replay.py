"""Iterations that a GPU repeats by itself."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generation.nst.lbfgs import BatchedLBFGS

# An evaluation and a step: the images (B, 3, H, W) and losses (B,) before the step.
Told = tuple[torch.Tensor, torch.Tensor]

# Iterations by whose end every library has chosen its kernels and has its workspace.
_WARM = 2


class Replayed:
    """`step(optimiser)`, called many times: on a GPU it is recorded as a CUDA graph.

    An iteration is some hundred kernels of a few microseconds. A host needs longer to launch them
    than the GPU to run them, unless there are many images or pixels; a graph is launched as one.
    Elsewhere, and for the first calls, `step` is simply called.
    """

    def __init__(self, step: Callable[[BatchedLBFGS], Told], optimiser: BatchedLBFGS) -> None:
        self._step, self._optimiser = step, optimiser
        self._left = _WARM if optimiser.x.is_cuda else -1
        self._graph: torch.cuda.CUDAGraph | None = None
        self._told: Told | None = None

    def __call__(self) -> Told:
        if self._left == 0:
            self._record()
        self._left -= 1
        if self._graph is None or self._told is None:
            return self._step(self._optimiser)
        self._graph.replay()
        x, loss = self._told
        return x.clone(), loss.clone()  # the next replay writes over what it tells

    def _record(self) -> None:
        torch.cuda.empty_cache()  # a graph has memory of its own
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph), self._optimiser.in_place():
            x, loss = self._step(self._optimiser)
            self._told = x.clone(), loss  # the images may be the very tensor that is moved
        self._graph = graph
