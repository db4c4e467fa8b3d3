import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special

from analysis.stats import NotEstimable, Reason, StatisticsError
from analysis.stats.evalues import EValue, e_value

CLOSED_FORM = 1e-9
THIRD, QUARTER, HALF = Fraction(1, 3), Fraction(1, 4), Fraction(1, 2)


def value_of(scores) -> float:
    found = e_value(scores)
    assert isinstance(found, EValue)
    assert isinstance(found.value, float)
    return found.value


@pytest.mark.parametrize(
    ("correct", "n", "chance", "expected"),
    [
        (11, 27, THIRD, 0.3867484305),
        (8, 27, THIRD, 0.1323933554),
        (24, 27, THIRD, 17457869.68),
        (15, 27, QUARTER, 92.8267577),
    ],
)
def test_golden_values(correct, n, chance, expected):
    assert value_of({chance: (correct, n)}) == pytest.approx(expected, rel=CLOSED_FORM)


def test_one_answer_by_hand():
    # Skill is uniform on (1/2, 1), 3/4 on average: the ratio is 3/4 or 1/4 over 1/2.
    assert value_of({HALF: (1, 1)}) == pytest.approx(3 / 2, rel=CLOSED_FORM)
    assert value_of({HALF: (0, 1)}) == pytest.approx(1 / 2, rel=CLOSED_FORM)


@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([THIRD, QUARTER, HALF, Fraction(5, 12)]),
)
def test_one_level_is_the_truncated_beta(score, chance):
    correct, n = score
    c = float(chance)
    beta = special.beta(correct + 1, n - correct + 1)
    upper = special.betaincc(correct + 1, n - correct + 1, c)
    expected = beta * upper / (1 - c) / c**correct / (1 - c) ** (n - correct)
    assert value_of({chance: score}) == pytest.approx(expected, rel=1e-8)


def test_two_levels_are_integrated_together():
    def ratio(theta):
        third, quarter = 1 / 3 + theta * 2 / 3, 1 / 4 + theta * 3 / 4
        return (third * 3) ** 7 * (1 - theta) ** (3 + 2) * (quarter * 4) ** 4

    expected = integrate.quad(ratio, 0, 1, epsabs=0, epsrel=1e-12)[0]
    assert value_of({THIRD: (7, 10), QUARTER: (4, 6)}) == pytest.approx(expected, rel=CLOSED_FORM)


@given(st.integers(0, 12), st.sampled_from([THIRD, QUARTER]))
def test_it_is_a_martingale_under_guessing(n, chance):
    # Averaged over the next answer of somebody who guesses, the e-value stays what it is.
    for correct in range(n + 1):
        now = value_of({chance: (correct, n)}) if n else 1.0
        right, wrong = (
            value_of({chance: (correct + 1, n + 1)}),
            value_of({chance: (correct, n + 1)}),
        )
        expected = float(chance) * right + (1 - float(chance)) * wrong
        assert expected == pytest.approx(now, rel=CLOSED_FORM)


def test_looking_after_every_answer_rarely_misleads():
    # P(k correct of n, and the e-value was below 20 so far), exactly, while everybody guesses.
    still, misled = np.ones(1), 0.0
    for n in range(1, 61):
        still = np.append(still, 0) * 2 / 3 + np.append(0, still) / 3
        over = np.array([value_of({THIRD: (k, n)}) >= 20 for k in range(n + 1)])
        misled += still[over].sum()
        still[over] = 0
    assert 0.01 < misled <= 1 / 20


def test_very_many_answers_outgrow_numbers():
    found = e_value({THIRD: (430_000, 720_000)})
    assert isinstance(found, EValue)
    assert found.value == NotEstimable(Reason.TOO_LARGE)
    # Laplace: n times the divergence of the share from chance, to the logarithm's order.
    share = 430 / 720
    divergence = share * math.log(share * 3) + (1 - share) * math.log((1 - share) * 3 / 2)
    assert found.log == pytest.approx(720_000 * divergence, rel=1e-4)
    assert found.log10 == pytest.approx(found.log / math.log(10))
    assert found.p_value == 0.0


@pytest.mark.parametrize("score", [(0, 1), (0, 720_000), (720_000, 720_000), (10, 720_000)])
def test_at_the_borders(score):
    found = e_value({THIRD: score})
    assert isinstance(found, EValue)
    assert math.isfinite(found.log)


def test_degenerate_answers():
    assert e_value({}) == NotEstimable(Reason.NO_ANSWERS)
    assert e_value({THIRD: (0, 0)}) == NotEstimable(Reason.NO_ANSWERS)
    assert e_value({Fraction(1): (2, 2)}) == NotEstimable(Reason.CERTAIN_CHANCE)
    with pytest.raises(StatisticsError, match="got 3"):
        e_value({THIRD: (3, 2)})


def test_the_p_value_is_at_most_one():
    assert EValue(math.log(20)).p_value == pytest.approx(0.05)
    assert EValue(-3.0).p_value == 1.0
