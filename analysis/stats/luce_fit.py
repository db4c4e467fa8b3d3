"""The penalised fit of Luce's model: Newton's method on a strictly convex function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.choice_sets import ChoiceSets
from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

Floats = NDArray[np.float64]

_STEPS = 100
_DECREMENT = 1e-18  # twice what a further step would gain, for each answer
_ROUNDING = 1e-12  # of the loss, relative


@dataclass(frozen=True, slots=True)
class Fit:
    """Strengths that sum to 0 and their standard errors (m,)."""

    values: Floats
    errors: Floats


def fit(sets: ChoiceSets, items: int, penalty: float) -> Fit | NotEstimable:
    """Minimise -sum(votes log P) + penalty * sum(strengths^2); sets hold items 0 .. items - 1.

    Errors are the curvature's at the minimum, for strengths that are centred.
    """
    if penalty <= 0:
        raise StatisticsError(f"expected a penalty above 0, got {penalty}")
    problem = _Problem.of(sets, items, penalty)
    values = np.zeros(items)
    for _ in range(_STEPS):
        shares = problem.shares(values)
        gradient, hessian = problem.gradient(values, shares), problem.hessian(shares)
        step = np.linalg.solve(hessian, gradient).astype(np.float64)
        slope = float(gradient @ step)
        if slope <= _DECREMENT * max(1.0, problem.times.sum()):
            return Fit(values - values.mean(), _errors(hessian, penalty))
        values = problem.descend(values, step, slope)
    return NotEstimable(Reason.NOT_CONVERGED)


@dataclass(frozen=True, slots=True)
class _Problem:
    """The sets as arrays: a place of a set that is padding has no probability."""

    places: NDArray[np.int64]  # (s, options)
    held: NDArray[np.bool_]  # (s, options)
    times: Floats  # (s,)
    votes: Floats  # (m,)
    penalty: float

    @classmethod
    def of(cls, sets: ChoiceSets, items: int, penalty: float) -> _Problem:
        held = sets.items >= 0
        votes = np.bincount(
            sets.items[held], weights=sets.votes[held].astype(np.float64), minlength=items
        ).astype(np.float64)
        places = np.maximum(sets.items, 0).astype(np.int64)
        return cls(places, held, sets.times.astype(np.float64), votes, penalty)

    def loss(self, values: Floats) -> float:
        sums = self._sums(values)[1]
        fitted = self.votes @ values - self.times @ sums
        return float(self.penalty * values @ values - fitted)

    def shares(self, values: Floats) -> Floats:
        """The probability of each place (s, options)."""
        logs, sums = self._sums(values)
        return np.exp(logs - sums[:, None])

    def _sums(self, values: Floats) -> tuple[Floats, Floats]:
        """Strengths by place, and the logarithm of the sum of their exponentials."""
        logs = np.where(self.held, values[self.places], -np.inf)
        highest = logs.max(axis=1)
        return logs, highest + np.log(np.exp(logs - highest[:, None]).sum(axis=1))

    def gradient(self, values: Floats, shares: Floats) -> Floats:
        weights = (shares * self.times[:, None]).ravel()
        expected = np.bincount(self.places.ravel(), weights=weights, minlength=len(values))
        return expected - self.votes + 2 * self.penalty * values

    def hessian(self, shares: Floats) -> Floats:
        """Sums over pairs of places, which is quicker than a product of sparse matrices."""
        items, width = len(self.votes), shares.shape[1]
        weighted = shares * self.times[:, None]
        crossed = np.zeros(items * items)
        for one in range(width):
            row = self.places[:, one] * items
            for other in range(one + 1, width):
                both = weighted[:, one] * shares[:, other]
                crossed += np.bincount(row + self.places[:, other], both, items * items)
        # A place against itself: p (1 - p).
        own = np.bincount(self.places.ravel(), (weighted * (1 - shares)).ravel(), items)
        off = crossed.reshape(items, items)
        return np.diag(own + 2 * self.penalty) - off - off.T

    def descend(self, values: Floats, step: Floats, slope: float) -> Floats:
        """A Newton step, halved until it lowers the loss enough, rounding aside."""
        before, size = self.loss(values), 1.0
        rounding = _ROUNDING * max(1.0, abs(before))
        while self.loss(values - size * step) > before - 1e-4 * size * slope + rounding:
            size /= 2
        return values - size * step


def _errors(hessian: Floats, penalty: float) -> Floats:
    """Without the variance of all strengths together, which only the penalty bounds."""
    variances = np.linalg.inv(hessian).diagonal() - 1 / (2 * penalty * len(hessian))
    return np.sqrt(np.maximum(variances, 0.0))
