"""How many answers a study needs, by the exact binomial test against guessing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

# No study of a word is larger; power that is not reached by then is not reached.
MOST_ANSWERS = 100_000


@dataclass(frozen=True, slots=True)
class Power:
    """From `critical` correct answers on the test says "above chance"; P(it does so)."""

    critical: int
    power: float


@dataclass(frozen=True, slots=True)
class Aim:
    """An accuracy that is to be told from guessing by a one-sided test at `alpha`."""

    chance: Fraction
    accuracy: float
    alpha: float = 0.05

    def __post_init__(self) -> None:
        _require(self.chance, self.alpha)
        if not 0 <= self.accuracy <= 1:
            raise StatisticsError(f"expected an accuracy in [0, 1], got {self.accuracy}")


def critical_count(n: int, chance: Fraction, alpha: float) -> int | NotEstimable:
    """The least k with P(k or more of n correct by guessing) <= alpha."""
    _require(chance, alpha)
    if n <= 0:
        return NotEstimable(Reason.NO_ANSWERS)
    critical = int(_critical(np.array([n]), chance, alpha)[0])
    return critical if critical <= n else NotEstimable(Reason.NEVER_SIGNIFICANT)


def power(n: int, aim: Aim) -> Power | NotEstimable:
    """P(the one-sided exact test finds n answers above chance), if so many are correct."""
    from scipy import stats

    critical = critical_count(n, aim.chance, aim.alpha)
    if isinstance(critical, NotEstimable):
        return critical
    return Power(critical, float(stats.binom.sf(critical - 1, n, aim.accuracy)))


def answers_needed(
    aim: Aim,
    *,
    goal: float = 0.8,
    per_participant: int = 1,
    design_effect: float = 1.0,
) -> int | NotEstimable:
    """The least answers from which on the power is `goal` or more.

    Answers come in multiples of what a participant gives. The power of an exact test goes up and
    down with n, so this is the number after the last dip, not the first that happens to reach
    it. Where a person's answers are alike, `design_effect` times as many are needed.
    """
    if aim.accuracy <= aim.chance:
        return NotEstimable(Reason.NOT_ABOVE_CHANCE)
    horizon = 64 * per_participant
    while horizon <= MOST_ANSWERS:
        n = np.arange(per_participant, horizon + 1, per_participant)
        low = np.flatnonzero(powers(n, aim) < goal)
        # Dips become smaller as n grows: none in the second half means none to come.
        if len(low) == 0 or low[-1] < len(n) / 2:
            found = int(n[low[-1] + 1]) if len(low) else int(n[0])
            return math.ceil(found * design_effect / per_participant) * per_participant
        horizon *= 2
    return NotEstimable(Reason.TOO_MANY_ANSWERS)


def powers(n: NDArray[np.integer], aim: Aim) -> NDArray[np.float64]:
    """The power at each of these numbers of answers (k,), 0 where the test can find nothing."""
    from scipy import stats

    return np.asarray(stats.binom.sf(_critical(n, aim.chance, aim.alpha) - 1, n, aim.accuracy))


def _critical(n: NDArray[np.integer], chance: Fraction, alpha: float) -> NDArray[np.integer]:
    from scipy import stats

    # isf gives the least k with P(more than k) <= alpha.
    return np.asarray(stats.binom.isf(alpha, n, float(chance)) + 1).astype(np.int64)


def _require(chance: Fraction, alpha: float) -> None:
    if not (0 < chance < 1 and 0 < alpha < 1):
        raise StatisticsError(f"expected chance and alpha in (0, 1), got {chance} and {alpha}")
