"""L-BFGS for a batch of independent problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_FLAT = 1e-7  # torch.optim.LBFGS' tolerance_grad
_CURVATURE = 1e-10  # torch.optim.LBFGS' bound on y.s
_SHORTER = 0.25  # how a step is cut that led nowhere
_PATIENCE = 4  # cuts, before the history that gave the direction is forgotten


class BatchedLBFGS:
    """Minimises B independent functions of N variables at once, without a line search.

    Each problem has its own history, step, safeguards and stop; nothing is shared but the
    kernels. Two loops of L-BFGS (Nocedal 1980) run on inner products instead of on vectors
    (vector-free form, Chen et al. 2014): one product for the inner products, a recursion on
    (B, 2m + 1) coefficients, one product for the direction. No value is read by the host, so a
    GPU is never waited for. The first step has the L1 norm `first`, 1 as in torch.optim.LBFGS
    (whose gradient it takes whole where that is shorter); later steps are not scaled, and pairs
    with y.s <= 1e-10 are not remembered, as there.

    Deviation: a problem whose loss is not finite, or more than twice its best, takes a quarter of
    its step instead; after four quarters it goes back to its best point and forgets its history.

    Usage: evaluate at `x` (B, N), then `tell(loss, gradient)`, which moves `x`. `states` takes
    the problems apart, `restore` puts problems of equal size together again, to go on as if they
    had never been interrupted.
    """

    _STATE = (
        "x", "best", "best_loss", "done", "_basis", "_dots", "_count", "_next", "_step",
        "_first", "_fresh", "_trust",
    )  # fmt: skip

    def __init__(self, x: torch.Tensor, history: int = 20, *, first: float = 1.0) -> None:
        batch, size = x.shape
        self.x = x.detach().float().clone()
        self.best = self.x.clone()
        self.best_loss = torch.full((batch,), torch.inf, device=x.device)
        self.done = torch.zeros(batch, dtype=torch.bool, device=x.device)
        self._m = history
        # Row 0..m-1: steps s; m..2m-1: gradient changes y; 2m: the gradient.
        self._basis = torch.zeros(batch, 2 * history + 1, size, device=x.device)
        self._dots = torch.zeros(batch, 2 * history + 1, 2 * history + 1, device=x.device)
        self._count = torch.zeros(batch, dtype=torch.long, device=x.device)
        self._next = torch.zeros(batch, dtype=torch.long, device=x.device)
        self._step = torch.zeros_like(self.x)
        self._first = torch.full((batch,), first, device=x.device)
        self._fresh = torch.ones(batch, dtype=torch.bool, device=x.device)
        # How much of its step a problem takes: 1, less after steps that led nowhere.
        self._trust = torch.ones(batch, device=x.device)

    def states(self) -> list[dict[str, torch.Tensor]]:
        """What each problem knows, by name, on the CPU."""
        whole = {name: getattr(self, name).cpu() for name in self._STATE}
        return [{k: v[i].clone() for k, v in whole.items()} for i in range(len(self.x))]

    @classmethod
    def restore(cls, states: list[dict[str, torch.Tensor]], device: torch.device) -> BatchedLBFGS:
        """The optimiser of these problems, whichever batches they came from."""
        history = (len(states[0]["_dots"]) - 1) // 2
        optimiser = cls(torch.stack([state["x"] for state in states]).to(device), history)
        for name in cls._STATE:
            value = torch.stack([state[name] for state in states]).to(device)
            setattr(optimiser, name, value)
        return optimiser

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Write what changes inside into the tensors that hold it now."""
        before = {name: getattr(self, name) for name in self._STATE}
        yield
        for name, tensor in before.items():
            if (changed := getattr(self, name)) is not tensor:
                tensor.copy_(changed)
                setattr(self, name, tensor)

    def tell(self, loss: torch.Tensor, gradient: torch.Tensor) -> None:
        """Move every unfinished problem by one step, given its loss (B,) and gradient (B, N)."""
        finite = loss.isfinite() & gradient.isfinite().all(1)
        better = finite & (loss < self.best_loss) & ~self.done
        bad = ~finite | (loss > 2 * self.best_loss)
        self.best = torch.where(better[:, None], self.x, self.best)
        self.best_loss = torch.where(better, loss, self.best_loss)
        # A problem that was led astray keeps the gradient of the point that it came from.
        gradient = torch.where(bad[:, None], self._basis[:, 2 * self._m], gradient)
        self.done |= finite & ~bad & (gradient.abs().amax(1) <= _FLAT)
        self._remember(gradient, ~bad & ~self._fresh)
        first = self._trust * self._first / gradient.abs().sum(1).clamp(min=1e-30)
        length = torch.where(self._count == 0, first, 1.0)
        step = torch.where(self.done[:, None], 0, length[:, None] * self._direction(gradient))
        lost = bad & (self._trust <= _SHORTER**_PATIENCE)
        self._move(bad, lost, step)
        self._trust = torch.where(
            bad, self._trust * _SHORTER, torch.where(self._fresh, self._trust, 1.0)
        )
        self._fresh = lost
        self._count = torch.where(lost, 0, self._count)

    def _move(self, bad: torch.Tensor, lost: torch.Tensor, step: torch.Tensor) -> None:
        """Go the step; where it was bad, only a part of the last one; where lost, to the best."""
        shorter = torch.where(lost[:, None], 0, _SHORTER * self._step)
        start = torch.where(bad[:, None], self.x - self._step, self.x)
        self._step = torch.where(bad[:, None], shorter, step)
        self.x = torch.where(lost[:, None], self.best, start + self._step)

    def _remember(self, gradient: torch.Tensor, usable: torch.Tensor) -> None:
        """Store s and y of the last step where usable, and the gradient; refresh their dots."""
        m, rows = self._m, torch.arange(len(gradient), device=gradient.device)
        change = gradient - self._basis[:, 2 * m]
        accept = usable & ((change * self._step).sum(1) > _CURVATURE) & ~self.done
        slot = self._next
        for offset, vector in ((0, self._step), (m, change)):
            kept = torch.where(accept[:, None], vector, self._basis[rows, slot + offset])
            self._basis[rows, slot + offset] = kept
        self._basis[:, 2 * m] = gradient
        index = torch.stack((slot, slot + m, torch.full_like(slot, 2 * m)), 1)
        new = self._basis[rows[:, None], index]
        dots = torch.bmm(new, self._basis.transpose(1, 2))
        self._dots[rows[:, None], index] = dots
        self._dots[rows[:, None], :, index] = dots
        self._next = torch.where(accept, (slot + 1) % m, slot)
        self._count = torch.where(accept, (self._count + 1).clamp(max=m), self._count)

    def _direction(self, gradient: torch.Tensor) -> torch.Tensor:
        """-H g as a combination of the basis: the two loops on coefficients (B, 2m + 1)."""
        m, dots = self._m, self._dots
        batch = len(gradient)
        rows = torch.arange(batch, device=gradient.device)
        weights = torch.zeros(batch, 2 * m + 1, device=gradient.device)
        weights[:, 2 * m] = -1.0
        alphas = []
        for age in range(m):  # from the newest pair to the oldest
            s, y, valid = self._pair(age)
            curvature = torch.where(valid, dots[rows, s, y], 1.0)
            alpha = torch.where(valid, (weights * dots[rows, s]).sum(1) / curvature, 0.0)
            weights[rows, y] -= alpha
            alphas.append(alpha)
        s, y, valid = self._pair(0)
        scale = torch.where(valid, dots[rows, s, y] / dots[rows, y, y], 1.0)
        weights = weights * scale.nan_to_num(1.0)[:, None]
        for age in reversed(range(m)):
            s, y, valid = self._pair(age)
            curvature = torch.where(valid, dots[rows, s, y], 1.0)
            beta = torch.where(valid, (weights * dots[rows, y]).sum(1) / curvature, 0.0)
            weights[rows, s] += alphas[age] - beta
        return torch.bmm(weights[:, None], self._basis)[:, 0]

    def _pair(self, age: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The rows of the pair that is `age` pairs old, and whether there is one."""
        slot = (self._next - 1 - age) % self._m
        return slot, slot + self._m, age < self._count
