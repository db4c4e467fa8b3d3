import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.prediction import (
    Draws,
    rank_correlation,
    rank_differences,
    weighted_spearman,
)

X = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
ONE = np.zeros(5, dtype=np.int64)


def _many(words=8, images=6, *, slope=1.0, seed=0):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(words), images)
    x = rng.normal(size=len(group))
    return x, slope * x + rng.normal(size=len(group)), group


def test_by_hand():
    # Ranks 2 1 4 3 5: the squared differences sum to 4, rho = 1 - 6 * 4 / (5 * 24).
    found = rank_correlation(X, np.array([2.0, 1.0, 4.0, 3.0, 5.0]), ONE)
    assert found.rho == pytest.approx(0.8)
    assert (found.n, found.groups) == (5, 1)
    assert found.interval == NotEstimable(Reason.FEWER_THAN_FIVE_WORDS)


def test_ties_by_hand():
    # Ranks of y: 1.5 1.5 3.5 3.5 5, so cov = 9.5 / 5, var = 9 / 5 and 2.
    found = rank_correlation(X, np.array([0.0, 0.0, 1.0, 1.0, 2.0]), ONE)
    assert found.rho == pytest.approx(9 / np.sqrt(9 * 10))


def test_the_permutation_test_by_hand():
    # Of the 120 orders only the two straight ones are as far as a perfect one.
    found = rank_correlation(X, X**3, ONE, Draws(permutations=20_000)).within
    assert found.rho == pytest.approx(1.0)
    assert found.p == pytest.approx(2 / 120, abs=0.004)
    assert (found.n, found.groups, found.permutations) == (5, 1, 20_000)


def test_a_word_is_compared_with_itself_alone():
    # Both words fall from image to image, though the word of larger x has larger y.
    x, y = np.array([1.0, 2, 3, 11, 12, 13]), np.array([3.0, 2, 1, 13, 12, 11])
    found = rank_correlation(x, y, np.repeat([0, 1], 3), Draws(permutations=20_000))
    assert found.rho > 0.5
    assert found.within.rho == pytest.approx(-1.0)
    # Of 36 pairs of orders, (all falling) and (all rising) are as far.
    assert found.within.p == pytest.approx(2 / 36, abs=0.006)


def test_a_word_without_spread_is_left_out_of_the_test():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.0, 2, 3, 7, 7, 7])
    found = rank_correlation(x, y, np.repeat([0, 1], 3)).within
    assert (found.n, found.groups) == (3, 1)
    single = rank_correlation(X, X, np.arange(5)).within
    assert single == NotEstimable(Reason.ALIKE_WITHIN_WORDS)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (X[:4], X[:4], Reason.FEWER_THAN_FIVE_VALUES),
        (np.full(5, np.nan), X, Reason.FEWER_THAN_FIVE_VALUES),
        (np.array([1, 2, 3, 4, np.nan]), X, Reason.FEWER_THAN_FIVE_VALUES),
        (np.array([]), np.array([]), Reason.FEWER_THAN_FIVE_VALUES),
        (X, np.ones(5), Reason.VALUES_ALIKE),
        (np.ones(5), X, Reason.VALUES_ALIKE),
    ],
)
def test_degenerate(x, y, reason):
    assert rank_correlation(x, y, ONE[: len(x)]) == NotEstimable(reason)


def test_what_is_not_known_is_left_out():
    x, y, group = _many()
    holes = np.arange(len(x)) % 5 == 0
    found = rank_correlation(np.where(holes, np.nan, x), y, group)
    assert found == rank_correlation(x[~holes], y[~holes], group[~holes])


def test_the_interval_is_that_of_resampled_words():
    x, y, group = _many()
    found = rank_correlation(x, y, group, Draws(resamples=4000))
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(group == g) for g in rng.integers(0, 8, 8)])
        drawn.append(scipy_stats.spearmanr(x[rows], y[rows])[0])
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.interval.low == pytest.approx(low, abs=0.03)
    assert found.interval.high == pytest.approx(high, abs=0.03)
    assert found.interval.low < found.rho < found.interval.high


def test_words_that_rarely_differ_have_no_interval():
    # All but one word lie on one point, which a resample misses in a third of all cases.
    x = np.repeat([1.0, 1, 1, 1, 1, 2], 2)
    found = rank_correlation(x, x, np.repeat(np.arange(6), 2))
    assert found.interval == NotEstimable(Reason.UNDEFINED_RESAMPLES)


def test_p_is_even_where_nothing_is_related():
    p = [
        rank_correlation(*_many(slope=0, seed=s), Draws(permutations=200)).within.p
        for s in range(200)
    ]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.06)
    assert np.mean(p) == pytest.approx(0.5, abs=0.07)


def test_a_seed_gives_the_same_again():
    assert rank_correlation(*_many()) == rank_correlation(*_many())
    assert rank_correlation(*_many(), Draws(seed=1)).interval != rank_correlation(*_many()).interval


values = st.lists(st.integers(-4, 4), min_size=5, max_size=12)


@given(st.data())
def test_spearman_is_scipys(data):
    x = np.array(data.draw(values), dtype=float)
    y = np.array(data.draw(st.permutations(x.tolist())))
    if len(set(x)) > 1:
        found = rank_correlation(x, y, np.zeros(len(x), dtype=int), Draws(permutations=1))
        assert found.rho == pytest.approx(scipy_stats.spearmanr(x, y)[0])


@given(st.data())
def test_a_weight_is_a_repetition(data):
    x = np.array(data.draw(values), dtype=float)
    y = np.array(data.draw(st.lists(st.integers(-4, 4), min_size=len(x), max_size=len(x))))
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(x), max_size=len(x)))
    found = weighted_spearman(x, y.astype(float), np.array([times], dtype=float))
    a, b = np.repeat(x, times), np.repeat(y, times)
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert found[0] == pytest.approx(scipy_stats.spearmanr(a, b)[0])
    else:
        assert np.isnan(found[0])


@given(st.data())
def test_rho_of_what_is_turned_is_turned(data):
    x, y, group = _many(seed=data.draw(st.integers(0, 99)))
    found, turned = (rank_correlation(x, s * y, group, Draws(permutations=50)) for s in (1, -1))
    assert turned.rho == pytest.approx(-found.rho)
    assert turned.within.rho == pytest.approx(-found.within.rho)
    assert turned.within.p == found.within.p
    assert turned.interval.low == pytest.approx(-found.interval.high)


def test_rank_differences():
    found = rank_differences(np.array([0.9, 0.1, 0.5, np.nan]), np.array([1.0, 3.0, 2.0, 0.0]))
    assert found[:3].tolist() == [1.0, -1.0, 0.0]
    assert np.isnan(found[3])
    assert np.isnan(rank_differences(X[:1], X[:1])).all()


@given(st.permutations(range(6)))
def test_rank_differences_sum_to_nothing(order):
    found = rank_differences(np.arange(6.0), np.array(order, dtype=float))
    assert found.sum() == pytest.approx(0)
    assert (np.abs(found) <= 1).all()


def test_midranks_of_every_small_table_of_ties():
    for y in itertools.product([0.0, 1.0], repeat=5):
        if len(set(y)) > 1:
            found = weighted_spearman(X, np.array(y), np.ones((1, 5)))[0]
            assert found == pytest.approx(scipy_stats.spearmanr(X, y)[0])
