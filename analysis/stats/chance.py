"""Exact tests against guessing, also where questions differ in their chance level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

# How many answers were given at which chance level (targets among options).
Guessing = Mapping[Fraction, int]

# Two outcomes whose probabilities differ by less than rounding are equally likely (as in R).
_TIE = 1 + 1e-7


@dataclass(frozen=True, slots=True)
class ChanceTest:
    """The probability of a result at least this far from guessing."""

    p_greater: float
    p_two_sided: float


def answers(guessing: Guessing) -> int:
    return sum(guessing.values())


def expected_share(guessing: Guessing) -> Fraction:
    """The share of correct answers that guessing gives on average; needs one answer or more."""
    if not answers(guessing):
        raise StatisticsError("the chance level of no answers is not defined")
    return sum((level * n for level, n in guessing.items()), Fraction(0)) / answers(guessing)


def guessing_pmf(guessing: Guessing) -> NDArray[np.float64]:
    """P(k correct by guessing) for k = 0..n: the Poisson-binomial distribution.

    Levels are grouped, so it is a direct convolution of one binomial per level, which keeps the
    relative precision of small tails (a Fourier transform does not). What is 0 in double precision
    is not multiplied: of 360,000 answers at a third, 97 % of the outcomes.
    """
    from scipy import stats  # half a second, which pages without a test need not wait for

    start, pmf = 0, np.ones(1)
    for level, n in guessing.items():
        if not 0 <= level <= 1 or n < 0:
            raise StatisticsError(f"expected a chance in [0, 1] of n >= 0, got {level} of {n}")
        binomial = stats.binom.pmf(np.arange(n + 1), n, float(level))
        possible = np.flatnonzero(binomial)
        start += int(possible[0])
        pmf = np.convolve(pmf, binomial[possible[0] : possible[-1] + 1])
    whole = np.zeros(answers(guessing) + 1)
    whole[start : start + len(pmf)] = pmf
    return whole


def chance_test(correct: int, guessing: Guessing) -> ChanceTest | NotEstimable:
    """The exact test of `correct` answers against guessing.

    Two-sided sums every outcome that is at most as likely as the one seen (as `binom.test` in R).
    """
    n = answers(guessing)
    if n == 0:
        return NotEstimable(Reason.NO_ANSWERS)
    if not 0 <= correct <= n:
        raise StatisticsError(f"expected 0 <= correct <= {n}, got {correct}")
    pmf = guessing_pmf(guessing)
    return ChanceTest(
        p_greater=min(1.0, float(pmf[correct:].sum())),
        p_two_sided=min(1.0, float(pmf[pmf <= pmf[correct] * _TIE].sum())),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for their number by Holm's steps, in the order given (Holm 1979)."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for the share of false discoveries, in the order given.

    The step-up procedure of Benjamini and Hochberg (1995), for exploring: it lets through more
    than Holm's, of which a share of at most alpha is expected to be false.
    """
    adjusted = [0.0] * len(p_values)
    running = 1.0
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    for step, place in enumerate(order):
        running = min(running, p_values[place] * len(p_values) / (len(p_values) - step))
        adjusted[place] = running
    return adjusted
