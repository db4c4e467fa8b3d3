import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import groups
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.times import times

from .tables import SETS, Row, expected, reference, table

TWO = (("a", 0), ("b", 0))


@pytest.mark.parametrize("which", SETS)
def test_the_reference(which):
    found = times(reference(which))
    for name, want in expected(which)["rt"].items():
        assert getattr(found, name) == pytest.approx(want, rel=1e-9), name
    assert found.missing == 0


def test_by_hand():
    cells_and_times = [(0, 1000.0), (0, 4000.0), (1, 2000.0), (1, math.nan)]
    rows = [
        Row("p", "a", f"c{i % 2}", TWO, cell, ms) for i, (cell, ms) in enumerate(cells_and_times)
    ]
    found = times(table(rows, words=("a", "b")))
    assert (found.n, found.missing) == (3, 0.25)
    assert (found.q1, found.median, found.q3) == (1500.0, 2000.0, 3000.0)
    assert found.geometric_mean == pytest.approx(2000.0)
    assert (found.median_correct, found.median_error) == (2500.0, 2000.0)
    assert found.words == (2000.0, NotEstimable(Reason.NO_TIMES))
    assert found.contents == (1500.0, 4000.0)


def test_why_not():
    assert times(table([], people=("p",))) == NotEstimable(Reason.NO_ANSWERS)
    untimed = table([Row("p", "a", "c", TWO, 0, math.nan)])
    assert times(untimed) == NotEstimable(Reason.NO_TIMES)
    zero = times(table([Row("p", "a", "c", TWO, 0, 0.0)]))
    assert zero.geometric_mean == NotEstimable(Reason.TIME_ZERO)
    assert zero.median_error == NotEstimable(Reason.NO_TIMES)
    assert zero.median == 0.0


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1e5) | st.just(math.nan))))
def test_medians_of_groups(pairs):
    group = np.array([g for g, _ in pairs], dtype=np.int64)
    values = np.array([v for _, v in pairs], dtype=np.float64)
    found = groups.medians(values, group, 5)
    for g in range(5):
        mine = values[(group == g) & ~np.isnan(values)]
        want = np.median(mine) if len(mine) else math.nan
        assert found[g] == pytest.approx(want, nan_ok=True)
