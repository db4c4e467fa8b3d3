from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.nst.agreement import agreement

partitions = st.dictionaries(st.integers(0, 30), st.integers(0, 4))


def test_a_renamed_partition_agrees_wholly():
    found = agreement({1: 0, 2: 0, 3: 1, 4: 1}, {1: 1, 2: 1, 3: 0, 4: 0})
    assert found.pairs == ((1, 0), (0, 1))
    assert found.adjusted_rand == 1
    assert found.common == 4


def test_six_items_by_hand():
    # Pairs together in both: {1,2}, {4,5}: 2. In the first: 2 x 3 = 6, in the second: 1 + 3 + 0.
    # Expected 6 x 4 / 15 = 1.6; (2 - 1.6) / ((6 + 4) / 2 - 1.6) = 0.4 / 3.4.
    before = {1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 1}
    after = {1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2}
    found = agreement(before, after)
    assert found.adjusted_rand == pytest.approx(0.4 / 3.4)
    assert found.pairs == ((0, 0), (1, 1), (None, 2))


def test_a_cluster_that_went_stands_at_the_end_alone():
    found = agreement({1: 0, 2: 0, 3: 1}, {1: 0, 2: 0, 3: 0})
    assert found.pairs == ((0, 0), (1, None))


def test_only_what_is_in_both_counts():
    found = agreement({1: 0, 2: 0, 3: 1, 9: 1}, {1: 4, 2: 4, 3: 5, 8: 4})
    assert found.adjusted_rand == 1
    assert found.common == 3


@pytest.mark.parametrize("after", [{}, {7: 0}, {1: 0}])
def test_too_little_in_common_has_no_index(after):
    assert agreement({1: 0, 2: 0}, after).adjusted_rand is None


@given(partitions, partitions)
def test_every_cluster_is_in_one_pair(before, after):
    found = agreement(before, after)
    assert sorted(old for old, _ in found.pairs if old is not None) == sorted(set(before.values()))
    assert sorted(new for _, new in found.pairs if new is not None) == sorted(set(after.values()))
    assert (None, None) not in found.pairs
