from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from scipy.special import gammaln

from analysis.stats import NotEstimable, Reason, StatisticsError, contingency
from analysis.stats.contingency import (
    ExactTest,
    TableTest,
    filled,
    freeman_halton,
    g_statistic,
    table_test,
)

CLOSED_FORM = 1e-9
TABLES = st.tuples(st.integers(2, 4), st.integers(2, 3)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 6), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def result_of(table) -> TableTest:
    found = table_test(table)
    assert isinstance(found, TableTest)
    return found


def exact(table) -> ExactTest:
    found = freeman_halton(table)
    assert isinstance(found, ExactTest)
    return found


@pytest.mark.parametrize(
    ("table", "g", "chi2_p", "exact_p"),
    [
        ([[2, 3, 5], [1, 0, 2], [0, 2, 0]], 6.900565799, 0.2327048107, 0.3997668998),
        (
            [[2, 3, 5], [1, 0, 2], [0, 2, 0], [6, 4, 2]],
            10.63921594,
            0.1523004151,
            0.2014920925,
        ),
        ([[3, 6, 4], [6, 3, 5]], 2.113083804, 0.3539988769, 0.5013595369),
        ([[0, 0, 0], [1, 1, 1], [4, 4, 7]], 0.1838324683, 0.9139311853, 1.0),
    ],
)
def test_golden_values(table, g, chi2_p, exact_p):
    found = result_of(table)
    assert found.g == pytest.approx(g, rel=CLOSED_FORM)
    assert found.chi2_p == pytest.approx(chi2_p, rel=CLOSED_FORM)
    assert exact(table).p == pytest.approx(exact_p, rel=CLOSED_FORM)
    assert not exact(table).is_sampled


def test_two_by_two_by_hand():
    # All votes on the diagonal: chi2 = n, G = 2 n log 2.
    found = result_of([[4, 0], [0, 4]])
    assert found.chi2 == pytest.approx(8, rel=CLOSED_FORM)
    assert found.g == pytest.approx(16 * np.log(2), rel=CLOSED_FORM)
    assert (found.df, found.least_expected) == (1, 2.0)
    # Of C(8, 4) ways to give four of eight to the first column, two are as extreme.
    assert exact([[4, 0], [0, 4]]).p == pytest.approx(2 / comb(8, 4), rel=CLOSED_FORM)


@given(TABLES)
def test_the_exact_test_lists_every_table(table):
    counts = filled(table)
    if isinstance(counts, NotEstimable):
        assert freeman_halton(table) == table_test(table) == counts
        return
    if counts.shape == (2, 2):
        expected = scipy_stats.fisher_exact(counts)[1]
        assert exact(table).p == pytest.approx(expected, rel=1e-6)
    # Their weights add up to that of the margins, a hypergeometric distribution.
    weights = contingency._listed_log_weights(counts.sum(axis=1), counts.sum(axis=0))
    assert weights is not None
    n = counts.sum()
    total = gammaln(n + 1) - gammaln(counts.sum(axis=0) + 1).sum()
    total -= gammaln(counts.sum(axis=1) + 1).sum()
    assert np.log(np.exp(weights).sum()) == pytest.approx(total, abs=CLOSED_FORM * 10)


def test_two_by_three_by_enumeration():
    rows, columns, seen = (5, 4), (3, 3, 3), [[3, 2, 0], [0, 1, 3]]
    weights = {}
    for first in product(range(4), repeat=3):
        if sum(first) == rows[0]:
            weights[first] = np.prod([comb(c, k) for c, k in zip(columns, first, strict=True)])
    mine = weights[tuple(seen[0])]
    expected = sum(w for w in weights.values() if w <= mine) / sum(weights.values())
    assert exact(seen).p == pytest.approx(expected, rel=CLOSED_FORM)


def test_tables_that_are_too_many_are_drawn_with_a_seed(monkeypatch):
    table = [[2, 3, 5], [1, 0, 2], [0, 2, 0], [6, 4, 2]]
    listed = exact(table)
    monkeypatch.setattr(contingency, "_MOST_TABLES", 10)
    drawn, again = exact(table), exact(table)
    assert drawn.is_sampled
    assert drawn == again
    assert drawn.p == pytest.approx(listed.p, abs=0.02)
    assert freeman_halton(table, seed=1) != drawn


def test_a_large_table_is_drawn_and_has_no_p_of_zero():
    found = exact([[40, 60, 30, 30], [50, 20, 30, 40], [70, 80, 10, 30], [3, 4, 5, 60]])
    assert found.is_sampled
    assert 0 < found.p < 0.001


def test_many_tables_at_once():
    tables = np.array([[[4, 0], [0, 4]], [[2, 2], [2, 2]], [[0, 0], [0, 0]]])
    assert g_statistic(tables) == pytest.approx([16 * np.log(2), 0, 0], abs=CLOSED_FORM)


def test_what_is_no_table():
    few = NotEstimable(Reason.TABLE_TOO_SMALL)
    for table in ([[1, 2, 3]], [[1, 2], [0, 0]], [[0, 0], [0, 0]], [[3], [4]]):
        assert table_test(table) == freeman_halton(table) == few
    with pytest.raises(StatisticsError, match="counts"):
        table_test([[1, -1], [0, 2]])
    with pytest.raises(StatisticsError, match="two dimensions"):
        table_test([1, 2])
