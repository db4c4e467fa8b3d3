import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.answers import Answers, Asked, Stimulus
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.spread import Spread, places, spread, spreads


def test_quartiles_by_hand():
    assert spread(np.array([4.0, 1.0, np.nan, 3.0, 2.0])) == Spread(4, 1.75, 2.5, 3.25)
    assert spread(np.array([7.0])) == Spread(1, 7, 7, 7)
    assert spread(np.array([np.nan])) == NotEstimable(Reason.NO_TIMES)
    assert spread(np.array([])) == NotEstimable(Reason.NO_TIMES)


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5000)))))
def test_each_group_has_numpys_quartiles(rows):
    group = np.array([g for g, _ in rows], dtype=np.int16)
    values = np.array([np.nan if v is None else v for _, v in rows], dtype=np.float64)
    found = spreads(values, group, 5)
    assert len(found) == 5
    for index, each in enumerate(found):
        own = values[(group == index) & ~np.isnan(values)]
        if not len(own):
            assert each == NotEstimable(Reason.NO_TIMES)
            continue
        assert each.n == len(own)
        expected = np.percentile(own, [25, 50, 75])
        assert [each.q1, each.median, each.q3] == pytest.approx(expected.tolist())


def test_places_count_each_person_for_themselves():
    """People can be interleaved."""
    person = np.array([1, 0, 1, 1, 0, 2])
    zeros = np.zeros(6, dtype=np.int32)
    answers = Answers(
        ("a", "b", "c"), ("w",), ("c",), (Stimulus(0, 0, 0),), (Asked(0, 0, 1, 1, (0,)),),
        person, zeros, zeros, zeros, np.full(6, np.nan),
    )  # fmt: skip
    assert places(answers).tolist() == [0, 0, 1, 2, 1, 0]
    assert places(answers.only(person == 9)).tolist() == []
