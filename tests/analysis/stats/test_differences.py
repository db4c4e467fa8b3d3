import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats import (
    Difference,
    Interval,
    NotEstimable,
    Reason,
    StatisticsError,
    fisher_exact,
    newcombe,
    paired_difference,
    sign_test,
    unpaired_difference,
    welch_difference,
    wilson,
)

RELATIVE = 1e-9
COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHARES = st.lists(st.integers(0, 6).map(lambda k: k / 6), min_size=2, max_size=20)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, table II, method 10 (there p1 - p2, to four digits).
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((0, 20), (10, 10), 0.6791, 1.0000),
        ((0, 10), (10, 10), 0.6075, 1.0000),
    ],
)
def test_the_examples_of_newcombe(first, second, low, high):
    found = newcombe(first, second)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(COUNTS, COUNTS)
def test_newcombe_holds_the_difference_and_turns_with_its_sign(first, second):
    found, turned = newcombe(first, second), newcombe(second, first)
    difference = second[0] / second[1] - first[0] / first[1]
    assert -1 - 1e-12 <= found.low <= difference <= found.high <= 1 + 1e-12
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)


def test_newcombe_by_hand():
    # Wilson's 1 of 2: 0.5 +- half, the same on both sides, so hypot is half times root two.
    half = 0.5 - wilson(1, 2).low
    found = newcombe((1, 2), (1, 2))
    assert found.high == pytest.approx(half * math.sqrt(2), rel=RELATIVE)


def test_an_unpaired_difference():
    found = unpaired_difference((3, 10), (9, 10))
    assert isinstance(found, Difference)
    assert found.value == pytest.approx(0.6)
    assert (found.interval, found.n) == (newcombe((3, 10), (9, 10)), 20)
    none = NotEstimable(Reason.NO_ANSWERS)
    assert unpaired_difference((0, 0), (1, 2)) == unpaired_difference((1, 2), (0, 0)) == none
    with pytest.raises(StatisticsError, match="got 3 of 2"):
        unpaired_difference((3, 2), (1, 2))


def test_fisher_and_the_lady_tasting_tea():
    # 3 of 4 and 1 of 4: (16 + 16 + 1 + 1) of 70 ways to choose.
    assert fisher_exact((3, 4), (1, 4)) == pytest.approx(34 / 70, rel=RELATIVE)
    assert fisher_exact((4, 4), (0, 4)) == pytest.approx(2 / 70, rel=RELATIVE)
    assert fisher_exact((2, 2), (3, 3)) == 1.0
    assert fisher_exact((0, 0), (1, 4)) == NotEstimable(Reason.NO_ANSWERS)
    with pytest.raises(StatisticsError, match="got 5 of 4"):
        fisher_exact((1, 4), (5, 4))


@pytest.mark.parametrize(
    ("more", "fewer", "p"),
    [
        (10, 2, 2 * (1 + 12 + 66) / 2**12),
        (2, 10, 2 * (1 + 12 + 66) / 2**12),
        (5, 0, 2 / 2**5),
        (1, 0, 1.0),
        (3, 3, 1.0),
    ],
)
def test_the_sign_test_by_hand(more, fewer, p):
    assert sign_test(more, fewer) == pytest.approx(p, rel=RELATIVE)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_sign_test_is_the_binomial_one_that_mcnemar_is(more, fewer):
    if more + fewer == 0:
        assert sign_test(more, fewer) == NotEstimable(Reason.NO_CHANGES)
        return
    expected = scipy_stats.binomtest(more, more + fewer).pvalue
    assert sign_test(more, fewer) == pytest.approx(expected, rel=RELATIVE)


def test_people_are_counted():
    with pytest.raises(StatisticsError, match="got -1 and 2"):
        sign_test(-1, 2)


def test_a_paired_difference_by_hand():
    # Mean 0.5, standard deviation 1/sqrt(2), its error 0.5, and t of one degree 12.706.
    found = paired_difference([0.0, 1.0])
    assert isinstance(found, Difference)
    assert (found.value, found.n) == (0.5, 2)
    assert isinstance(found.interval, Interval)
    assert found.interval.high == pytest.approx(0.5 + 0.5 * 12.70620473617471, rel=RELATIVE)


@given(SHARES)
def test_paired_differences_agree_with_scipy(values):
    found = paired_difference(values)
    assert isinstance(found, Difference)
    if min(values) == max(values):
        assert found.interval == NotEstimable(Reason.SAME_DIFFERENCE)
        return
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected), abs=1e-12)


def test_no_pair_and_one_pair():
    assert paired_difference([]) == NotEstimable(Reason.NO_PAIRS)
    alone = NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    assert paired_difference([0.25]) == Difference(0.25, alone, 1)


@given(SHARES, SHARES)
def test_welch_agrees_with_scipy(first, second):
    found = welch_difference(first, second)
    assert isinstance(found, Difference)
    assert found.n == len(first) + len(second)
    if min(first) == max(first) and min(second) == max(second):
        assert found.interval == NotEstimable(Reason.NO_VARIANCE)
    assume(min(first) < max(first) and min(second) < max(second))  # scipy warns of the others
    expected = scipy_stats.ttest_ind(second, first, equal_var=False).confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected), abs=1e-9)


def test_equal_shares_have_no_spread_however_they_round():
    third = 1 / 3
    found = welch_difference([third] * 3, [third] * 7)
    assert found == Difference(0.0, NotEstimable(Reason.NO_VARIANCE), 10)


def test_welch_with_too_few_people():
    assert welch_difference([], [1.0]) == NotEstimable(Reason.NO_ANSWERS)
    alone = NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    assert welch_difference([0.5], [1.0, 0.5]) == Difference(0.25, alone, 3)
