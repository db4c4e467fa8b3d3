from fractions import Fraction

import pytest

from analysis.stats import (
    NotEstimable,
    Proportion,
    Reason,
    StatisticsError,
    accuracy,
    wilson,
)

THIRD, QUARTER = Fraction(1, 3), Fraction(1, 4)


def test_a_share_with_its_interval_and_chance():
    found = accuracy(11, {THIRD: 27})
    assert found == Proportion(correct=11, n=27, interval=wilson(11, 27), chance=1 / 3)
    assert found.accuracy == 11 / 27


def test_chance_weighs_levels_by_their_answers():
    found = accuracy(2, {THIRD: 1, QUARTER: 3})
    assert isinstance(found, Proportion)
    assert found.n == 4
    assert found.chance == pytest.approx(13 / 48, rel=1e-15)


def test_no_answers():
    assert accuracy(0, {}) == NotEstimable(Reason.NO_ANSWERS)
    assert accuracy(0, {THIRD: 0}) == NotEstimable(Reason.NO_ANSWERS)


def test_more_correct_than_answers():
    with pytest.raises(StatisticsError, match="got 4 of 3"):
        accuracy(4, {THIRD: 3})
