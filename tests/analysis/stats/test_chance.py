from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats import (
    ChanceTest,
    NotEstimable,
    Reason,
    StatisticsError,
    chance_test,
    guessing_pmf,
    holm,
)
from analysis.stats.chance import benjamini_hochberg, expected_share

RELATIVE = 1e-9
THIRD, QUARTER, HALF = Fraction(1, 3), Fraction(1, 4), Fraction(1, 2)

LEVELS = st.fractions(Fraction(1, 12), Fraction(11, 12), max_denominator=12)
GUESSING = st.dictionaries(LEVELS, st.integers(0, 5), min_size=1, max_size=3).filter(
    lambda guessing: 0 < sum(guessing.values()) <= 10
)


def result_of(correct, guessing) -> ChanceTest:
    found = chance_test(correct, guessing)
    assert isinstance(found, ChanceTest)
    return found


@pytest.mark.parametrize(
    ("correct", "n", "greater", "two_sided"),
    [
        (344, 621, 1.546349581e-29, 2.711294912e-29),
        (115, 207, 4.465118866e-11, 6.443137337e-11),
        (95, 207, 0.0001180260401, 0.0002094328211),
    ],
)
def test_golden_values_at_a_third(correct, n, greater, two_sided):
    found = result_of(correct, {THIRD: n})
    assert found.p_greater == pytest.approx(greater, rel=RELATIVE)
    assert found.p_two_sided == pytest.approx(two_sided, rel=RELATIVE)


def test_golden_value_of_a_single_word():
    assert result_of(22, {THIRD: 27}).p_greater == pytest.approx(3.788580509e-07, rel=RELATIVE)


def test_two_levels_by_hand():
    # One answer at 1/3 and one at 1/4: none 2/3 * 3/4, both 1/3 * 1/4, one is the rest.
    guessing = {THIRD: 1, QUARTER: 1}
    assert guessing_pmf(guessing) == pytest.approx([6 / 12, 5 / 12, 1 / 12], rel=RELATIVE)
    assert result_of(1, guessing).p_greater == pytest.approx(6 / 12, rel=RELATIVE)
    assert result_of(1, guessing).p_two_sided == pytest.approx(6 / 12, rel=RELATIVE)
    assert result_of(2, guessing).p_two_sided == pytest.approx(1 / 12, rel=RELATIVE)
    assert result_of(0, guessing).p_two_sided == 1.0


def test_ties_are_equally_likely():
    # Four tosses of a coin: 0 and 4 heads are alike though they may differ in the last bit.
    assert result_of(4, {HALF: 4}).p_two_sided == pytest.approx(2 / 16, rel=RELATIVE)
    assert result_of(2, {HALF: 4}).p_two_sided == 1.0


@given(GUESSING)
def test_the_distribution_agrees_with_every_way_to_guess(guessing):
    levels = [float(level) for level, n in guessing.items() for _ in range(n)]
    expected = np.zeros(len(levels) + 1)
    for hits in product([0, 1], repeat=len(levels)):
        chances = (p if hit else 1 - p for hit, p in zip(hits, levels, strict=True))
        expected[sum(hits)] += prod(chances)
    assert guessing_pmf(guessing) == pytest.approx(expected, rel=RELATIVE)


@given(GUESSING)
def test_the_distribution_sums_to_one_around_the_expected_share(guessing):
    pmf = guessing_pmf(guessing)
    n = sum(guessing.values())
    assert pmf.sum() == pytest.approx(1)
    assert pmf @ np.arange(n + 1) / n == pytest.approx(float(expected_share(guessing)))


@given(GUESSING)
def test_p_falls_with_the_correct_answers(guessing):
    n = sum(guessing.values())
    tails = [result_of(correct, guessing).p_greater for correct in range(n + 1)]
    assert tails[0] == pytest.approx(1)
    assert tails == sorted(tails, reverse=True)


@given(st.integers(1, 60), LEVELS, st.data())
def test_a_single_level_is_the_binomial_test(n, level, data):
    correct = data.draw(st.integers(0, n))
    found = result_of(correct, {level: n})
    for side, p in (("greater", found.p_greater), ("two-sided", found.p_two_sided)):
        expected = scipy_stats.binomtest(correct, n, float(level), alternative=side).pvalue
        assert p == pytest.approx(expected, rel=1e-6)


def test_equal_levels_pool_and_empty_ones_do_not_matter():
    assert guessing_pmf({THIRD: 5, QUARTER: 0}) == pytest.approx(guessing_pmf({THIRD: 5}))


def test_expected_share_is_exact():
    assert expected_share({THIRD: 1, QUARTER: 3}) == Fraction(13, 48)


def test_no_answers():
    assert chance_test(0, {}) == NotEstimable(Reason.NO_ANSWERS)
    assert chance_test(0, {THIRD: 0}) == NotEstimable(Reason.NO_ANSWERS)
    with pytest.raises(StatisticsError, match="no answers is not defined"):
        expected_share({})


@pytest.mark.parametrize("correct", [-1, 4])
def test_impossible_counts(correct):
    with pytest.raises(StatisticsError, match=f"expected 0 <= correct <= 3, got {correct}"):
        chance_test(correct, {THIRD: 3})


@pytest.mark.parametrize("guessing", [{Fraction(4, 3): 1}, {Fraction(-1, 3): 1}, {THIRD: -1}])
def test_impossible_guessing(guessing):
    with pytest.raises(StatisticsError, match=r"expected a chance in \[0, 1\]"):
        guessing_pmf(guessing)


def test_holm_by_hand():
    # In order 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1; a later one is never below an earlier.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_keeps_the_order_between_the_raw_and_bonferroni(p_values):
    adjusted = holm(p_values)
    for raw, p in zip(p_values, adjusted, strict=True):
        assert raw <= p <= min(1.0, raw * len(p_values))
    by_raw = [p for _raw, p in sorted(zip(p_values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


def test_benjamini_hochberg_by_hand():
    # Ranks 1, 2, 3 of 3: 0.03, 0.06, 0.05, and none is above the next larger one.
    assert benjamini_hochberg([0.05, 0.01, 0.04]) == pytest.approx([0.05, 0.03, 0.05])
    assert benjamini_hochberg([0.01, 0.02]) == pytest.approx([0.02, 0.02])
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_is_that_of_scipy_and_below_holm(p_values):
    found = benjamini_hochberg(p_values)
    assert found == pytest.approx(scipy_stats.false_discovery_control(p_values).tolist())
    assert all(p <= h + 1e-12 for p, h in zip(found, holm(p_values), strict=True))


def test_very_many_answers_of_two_levels():
    # A normal approximation is good to some percent here; the point is that it takes no minutes.
    n, expected = 360_000, 360_000 * (1 / 3 + 1 / 4)
    deviation = (n * (2 / 9 + 3 / 16)) ** 0.5
    found = result_of(round(expected + 3 * deviation), {THIRD: n, QUARTER: n})
    assert found.p_greater == pytest.approx(scipy_stats.norm.sf(3), rel=0.02)
