import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats import (
    Interval,
    NotEstimable,
    PeopleMean,
    Reason,
    StatisticsError,
    clopper_pearson,
    people_mean,
    wilson,
)

# The closed forms agree with scipy, statsmodels and R to the digits that are written here.
CLOSED_FORM = 1e-9

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def assert_interval(interval: Interval, low: float, high: float) -> None:
    assert interval.low == pytest.approx(low, abs=CLOSED_FORM)
    assert interval.high == pytest.approx(high, abs=CLOSED_FORM)


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(11, 27, 0.2451475707, 0.5927329903), (344, 621, 0.5146367802, 0.5925904196)],
)
def test_wilson_golden_values(correct, n, low, high):
    assert_interval(wilson(correct, n), low, high)


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(344, 621, 0.5138660784, 0.5935091927), (22, 27, 0.6191701209, 0.9369999935)],
)
def test_clopper_pearson_golden_values(correct, n, low, high):
    assert_interval(clopper_pearson(correct, n), low, high)


def test_clopper_pearson_of_no_hits_by_hand():
    # With no success the upper end solves (1 - p)^n = 0.025.
    assert_interval(clopper_pearson(0, 10), 0.0, 1 - 0.025**0.1)
    assert_interval(clopper_pearson(10, 10), 0.025**0.1, 1.0)


@given(COUNTS)
def test_wilson_ends_solve_the_score_equation(counts):
    correct, n = counts
    z = scipy_stats.norm.ppf(0.975)
    interval = wilson(correct, n)
    for end in (interval.low, interval.high):
        assert abs(correct / n - end) == pytest.approx(
            z * math.sqrt(end * (1 - end) / n), abs=CLOSED_FORM
        )


@given(COUNTS)
def test_clopper_pearson_ends_leave_two_and_a_half_percent(counts):
    correct, n = counts
    interval = clopper_pearson(correct, n)
    if correct:
        assert scipy_stats.binom.sf(correct - 1, n, interval.low) == pytest.approx(0.025)
    if correct < n:
        assert scipy_stats.binom.cdf(correct, n, interval.high) == pytest.approx(0.025)


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
@given(counts=COUNTS)
def test_intervals_hold_the_share_and_mirror(method, counts):
    correct, n = counts
    interval, mirrored = method(correct, n), method(n - correct, n)
    assert 0 <= interval.low <= correct / n <= interval.high <= 1
    assert_interval(interval, 1 - mirrored.high, 1 - mirrored.low)
    assert interval.low < interval.high


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
@pytest.mark.parametrize(("correct", "n"), [(-1, 3), (4, 3), (0, 0), (0, -1)])
def test_impossible_counts(method, correct, n):
    with pytest.raises(StatisticsError, match=f"expected 0 <= correct <= n.*got {correct} of {n}"):
        method(correct, n)


def test_people_mean_by_hand():
    # Accuracies 1/4, 2/4, 3/4: mean 1/2, SD 1/4, t(2) = 4.302652729911275.
    found = people_mean([(1, 4), (2, 4), (6, 8)])
    half = 4.302652729911275 * 0.25 / math.sqrt(3)
    assert isinstance(found, PeopleMean)
    assert (found.people, found.mean) == (3, 0.5)
    assert_interval(found.interval, 0.5 - half, 0.5 + half)


def test_people_mean_weighs_people_and_not_answers():
    found = people_mean([(100, 100), (0, 1)])
    assert isinstance(found, PeopleMean)
    assert found.mean == 0.5


@given(st.lists(COUNTS, min_size=2, max_size=30))
def test_people_mean_agrees_with_scipy(scores):
    found = people_mean(scores)
    shares = np.array([correct / n for correct, n in scores])
    if shares.min() == shares.max():
        assert found == NotEstimable(Reason.NO_VARIANCE)
        return
    assert isinstance(found, PeopleMean)
    low, high = scipy_stats.t.interval(
        0.95, len(shares) - 1, loc=shares.mean(), scale=scipy_stats.sem(shares)
    )
    assert_interval(found.interval, low, high)


def test_people_without_answers_are_left_out():
    assert people_mean([(1, 2), (0, 0), (2, 2)]) == people_mean([(1, 2), (2, 2)])


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([], Reason.NO_ANSWERS),
        ([(0, 0), (0, 0)], Reason.NO_ANSWERS),
        ([(3, 5)], Reason.FEWER_THAN_TWO_PEOPLE),
        ([(3, 5), (0, 0)], Reason.FEWER_THAN_TWO_PEOPLE),
        ([(1, 3), (2, 6)], Reason.NO_VARIANCE),
    ],
)
def test_people_mean_says_why_not(scores, reason):
    assert people_mean(scores) == NotEstimable(reason)


def test_people_mean_of_impossible_counts():
    with pytest.raises(StatisticsError, match="got 3 of 2"):
        people_mean([(1, 2), (3, 2)])


def test_clipped():
    assert Interval(-0.25, 1.5).clipped() == Interval(0.0, 1.0)
    assert Interval(0.25, 0.5).clipped() == Interval(0.25, 0.5)
