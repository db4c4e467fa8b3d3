from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats import NotEstimable, Reason, StatisticsError
from analysis.stats.power import Aim, Power, answers_needed, critical_count, power

CLOSED_FORM = 1e-9
THIRD, QUARTER, HALF = Fraction(1, 3), Fraction(1, 4), Fraction(1, 2)


@pytest.mark.parametrize(
    ("chance", "accuracy", "alpha", "critical", "expected", "needed"),
    [
        (THIRD, 0.5, 0.05, 14, 0.5, 60),
        (THIRD, 0.6, 0.05 / 23, 17, 0.4584601848, 51),
        (QUARTER, 0.5, 0.05, 12, 0.7789658308, 30),
        (QUARTER, 0.7, 0.05 / 23, 15, 0.9640542972, 18),
    ],
)
def test_golden_values(chance, accuracy, alpha, critical, expected, needed):
    aim = Aim(chance, accuracy, alpha)
    found = power(27, aim)
    assert isinstance(found, Power)
    assert found.critical == critical
    assert found.power == pytest.approx(expected, rel=CLOSED_FORM)
    assert answers_needed(aim, per_participant=3) == needed


def test_five_tosses_by_hand():
    # All five heads happen with 1/32 < 0.05, four or more with 6/32.
    assert critical_count(5, HALF, 0.05) == 5
    found = power(5, Aim(HALF, 0.9))
    assert isinstance(found, Power)
    assert found.power == pytest.approx(0.9**5, rel=CLOSED_FORM)
    assert critical_count(4, HALF, 0.05) == NotEstimable(Reason.NEVER_SIGNIFICANT)


@given(st.integers(1, 300), st.sampled_from([THIRD, QUARTER, HALF]), st.floats(0.001, 0.2))
def test_the_critical_count_is_the_least_one(n, chance, alpha):
    found = critical_count(n, chance, alpha)
    if isinstance(found, NotEstimable):
        assert float(chance) ** n > alpha
        return
    assert scipy_stats.binom.sf(found - 1, n, float(chance)) <= alpha
    assert scipy_stats.binom.sf(found - 2, n, float(chance)) > alpha


@given(st.floats(0.45, 0.95), st.integers(1, 3))
def test_from_the_needed_number_on_power_never_falls_below_the_goal(accuracy, step):
    aim = Aim(THIRD, accuracy)
    needed = answers_needed(aim, per_participant=step)
    assert isinstance(needed, int)
    assert needed % step == 0
    for n in range(needed, 2 * needed, step):
        found = power(n, aim)
        assert isinstance(found, Power)
        assert found.power >= 0.8
    before = power(needed - step, aim) if needed > step else NotEstimable(Reason.NO_ANSWERS)
    assert isinstance(before, NotEstimable) or before.power < 0.8


def test_answers_that_are_alike_need_more_people():
    aim = Aim(THIRD, 0.6)
    assert answers_needed(aim, per_participant=3) == 27
    # 27 * 1.5 = 40.5 answers are 14 people of three.
    assert answers_needed(aim, per_participant=3, design_effect=1.5) == 42


def test_what_is_never_reached():
    assert answers_needed(Aim(THIRD, 1 / 3)) == NotEstimable(Reason.NOT_ABOVE_CHANCE)
    assert answers_needed(Aim(THIRD, 0.334)) == NotEstimable(Reason.TOO_MANY_ANSWERS)
    assert critical_count(0, THIRD, 0.05) == NotEstimable(Reason.NO_ANSWERS)
    assert power(1, Aim(HALF, 0.9)) == NotEstimable(Reason.NEVER_SIGNIFICANT)


@pytest.mark.parametrize(("chance", "accuracy", "alpha"), [(0, 0.5, 0.05), (0.5, 0.5, 1.5)])
def test_impossible_aims(chance, accuracy, alpha):
    with pytest.raises(StatisticsError, match="chance and alpha"):
        Aim(Fraction(chance), accuracy, alpha)


def test_an_accuracy_is_a_share():
    with pytest.raises(StatisticsError, match=r"got 1\.2"):
        Aim(THIRD, 1.2)
