from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import assign_condition
from survey.errors import DesignError
from tests.survey.design.designs import SEEDS


@given(st.integers(1, 5), st.lists(SEEDS, max_size=60))
def test_conditions_fill_evenly_whoever_comes(conditions, seeds):
    counts = dict.fromkeys(range(conditions), 0)
    for seed in seeds:
        counts[assign_condition(counts=counts, seed=seed)] += 1
        assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(counts.values()) == len(seeds)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1), SEEDS)
def test_the_least_filled_condition_comes_first(counts, seed):
    chosen = assign_condition(counts=counts, seed=seed)
    assert counts[chosen] == min(counts.values())
    assert assign_condition(counts=counts, seed=seed) == chosen


def test_ties_are_broken_by_the_seed_alike_for_all():
    counts = {"a": 2, "b": 2, "c": 5}
    chosen = Counter(assign_condition(counts=counts, seed=seed) for seed in range(400))
    # 200 expected, standard deviation 10
    assert set(chosen) == {"a", "b"}
    assert abs(chosen["a"] - 200) < 50
    with pytest.raises(DesignError, match="one condition or more to assign, got none"):
        assign_condition(counts={}, seed=0)
