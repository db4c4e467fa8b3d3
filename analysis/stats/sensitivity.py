"""Accuracy freed of what guessing gives, so that designs with other grids can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats.chance import Guessing, answers, expected_share
from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

# How many answers were given to grids with so many targets among so many options.
Grids = Mapping[tuple[int, int], int]

# Beyond it the probability of a correct answer is 0 or 1 in double precision.
_FAR = 40.0
# Standard deviations on each side that hold all of a normal density in double precision.
_TAILS = 9.0


def chance_corrected(correct: int, guessing: Guessing) -> float | NotEstimable:
    """(p - c) / (1 - c): 0 for guessing, 1 for all correct, negative below chance (Abbott 1925)."""
    n = answers(guessing)
    if n == 0:
        return NotEstimable(Reason.NO_ANSWERS)
    chance = float(expected_share(guessing))
    if chance in (0.0, 1.0):
        return NotEstimable(Reason.CERTAIN_CHANCE)
    return (correct / n - chance) / (1 - chance)


def share_correct(dprime: float, targets: int, options: int) -> float:
    """P(the strongest of all options is a target) when targets are stronger by `dprime`.

    Strengths are independent normal with unit variance, and the strongest image is chosen: with
    one target this is the m-alternative forced choice of Green and Swets (1966, 2.5); with more,
    integral of m phi(x - d') Phi(x - d')^(m - 1) Phi(x)^(k - m) dx.
    """
    if not 0 < targets < options:
        raise StatisticsError(f"expected 0 < targets < options, got {targets} of {options}")
    nodes, weights = _quadrature()
    # Substituted so that the density of the strongest target lies within the nodes whatever d' is.
    density = targets * _phi(nodes) * special.ndtr(nodes) ** (targets - 1)
    return float(np.sum(weights * density * special.ndtr(nodes + dprime) ** (options - targets)))


def dprime_mofk(correct: int, grids: Grids) -> float | NotEstimable:
    """The d' at which as many answers are expected correct as were, over all grids.

    0 for guessing, negative below chance; targets and distractors differ by so many standard
    deviations of the strength of an image.
    """
    n = sum(grids.values())
    if n == 0:
        return NotEstimable(Reason.NO_ANSWERS)
    if not 0 <= correct <= n:
        raise StatisticsError(f"expected 0 <= correct <= {n}, got {correct}")
    if any(count and targets in (0, options) for (targets, options), count in grids.items()):
        return NotEstimable(Reason.CERTAIN_CHANCE)
    if correct in (0, n):
        return NotEstimable(Reason.ALL_CORRECT if correct else Reason.ALL_WRONG)
    return _solve(correct, grids)


def _solve(correct: int, grids: Grids) -> float:
    from scipy import optimize  # a tenth of a second, which pages without it need not wait for

    def excess(dprime: float) -> float:
        expected = sum(
            count * share_correct(dprime, targets, options)
            for (targets, options), count in grids.items()
        )
        return expected - correct

    return float(optimize.brentq(excess, -_FAR, _FAR, xtol=1e-13, rtol=1e-13))


def _phi(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@lru_cache(maxsize=1)
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights over a standard normal density."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return nodes * _TAILS, weights * _TAILS
