"""Evidence against guessing that stays valid however often one looks while answers come in."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

# Correct and all answers at each chance level.
Scores = Mapping[Fraction, tuple[int, int]]

# Where the integrand is below its peak by this factor (in logarithms), the rest of it is nothing.
_NEGLIGIBLE = 60.0


@dataclass(frozen=True, slots=True)
class EValue:
    """The evidence against guessing, as its natural logarithm (it outgrows any number)."""

    log: float

    @property
    def value(self) -> float | NotEstimable:
        if self.log > math.log(sys.float_info.max):
            return NotEstimable(Reason.TOO_LARGE)
        return math.exp(self.log)

    @property
    def log10(self) -> float:
        return self.log / math.log(10)

    @property
    def p_value(self) -> float:
        """An always-valid p value: min(1, 1 / e) (Ville's inequality)."""
        return math.exp(min(0.0, -self.log))


def e_value(scores: Scores) -> EValue | NotEstimable:
    """The likelihood of the answers under skill over their likelihood under guessing.

    Skill is theta in (0, 1), with P(correct) = c + theta (1 - c) at chance level c, and uniform
    before any answer: for one chance level, P(correct) is uniform on (c, 1). While everybody
    guesses, the e-value is a martingale that starts at 1, so P(it ever reaches 1 / alpha) <= alpha
    whenever and however often it is looked at (Ville 1939; Robbins 1970; the mixture of Ramdas et
    al. 2023, 5.3). It says nothing for accuracies below chance: there it goes to 0.
    """
    given = {level: score for level, score in scores.items() if score[1]}
    if not given:
        return NotEstimable(Reason.NO_ANSWERS)
    for level, (correct, n) in given.items():
        if not 0 <= correct <= n:
            raise StatisticsError(f"expected 0 <= correct <= {n}, got {correct}")
        if level <= 0 or level >= 1:
            return NotEstimable(Reason.CERTAIN_CHANCE)
    return EValue(_log_mixture(given))


def _log_mixture(scores: Scores) -> float:
    """log of the integral over theta in (0, 1) of the likelihood ratio.

    The log-likelihood is concave, so its peak and the points where it is negligible are found by
    bisection, and the smooth rest is integrated by Gauss-Legendre quadrature on both sides.
    """
    peak = _peak(scores)
    top = _log_ratio(scores, np.array([peak]))[0]
    low, high = _edge(scores, 0.0, peak, top), _edge(scores, 1.0, peak, top)
    nodes, weights = _quadrature()
    total = 0.0
    for start, end in ((low, peak), (peak, high)):
        theta = start + (end - start) * (nodes + 1) / 2
        total += (end - start) / 2 * float(weights @ np.exp(_log_ratio(scores, theta) - top))
    return float(top) + math.log(total)


@lru_cache(maxsize=1)
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = special.roots_legendre(100)
    return nodes, weights


def _log_ratio(scores: Scores, theta: np.ndarray) -> np.ndarray:
    """log P(answers | theta) - log P(answers | guessing) (t,); -inf where one cannot be."""
    total = np.zeros_like(theta)
    for level, (correct, n) in scores.items():
        chance = float(level)
        # log(p / c) and log((1 - p) / (1 - c)), without the rounding of a quotient near 1.
        total += correct * np.log1p(theta * (1 - chance) / chance)
        total += special.xlog1py(n - correct, -theta)
    return total


def _slope(scores: Scores, theta: float) -> float:
    """The derivative of the log ratio at theta < 1; it falls in theta."""
    return sum(
        correct * (1 - float(level)) / (float(level) + theta * (1 - float(level)))
        - (n - correct) / (1 - theta)
        for level, (correct, n) in scores.items()
    )


def _peak(scores: Scores) -> float:
    """Where in [0, 1] the answers are likeliest."""
    if all(correct == n for correct, n in scores.values()):
        return 1.0
    if _slope(scores, 0.0) <= 0:
        return 0.0
    return float(optimize.brentq(lambda theta: _slope(scores, theta), 0.0, 1 - 1e-15))


def _edge(scores: Scores, border: float, peak: float, top: float) -> float:
    """The point between the peak and a border beyond which the integrand is negligible."""

    def above(theta: float) -> float:
        return float(_log_ratio(scores, np.array([theta]))[0]) - top + _NEGLIGIBLE

    if border == peak or above(border) >= 0:
        return border
    inside, outside = peak, border
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if above(middle) > 0 else (inside, middle)
    return outside
