"""Results as JSON, and back."""

import json
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import Interval, NotEstimable, Reason
from analysis.stats.luce import Role
from analysis.stored import Codec


class Colour(StrEnum):
    RED = "r"


@dataclass(frozen=True, slots=True)
class Leaf:
    colour: Colour
    interval: Interval | NotEstimable


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    leaves: tuple[Leaf, ...]
    size: float | None
    is_old: bool


CODEC = Codec(Leaf, Tree, Colour, Interval, NotEstimable, Reason)

finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.builds(
    Leaf,
    st.just(Colour.RED),
    st.one_of(
        st.builds(Interval, finite, finite), st.builds(NotEstimable, st.sampled_from(Reason))
    ),
)
trees = st.builds(
    Tree, st.text(), st.lists(leaves).map(tuple), st.one_of(st.none(), finite), st.booleans()
)


@given(trees)
def test_what_is_read_is_what_was_written(tree):
    assert CODEC.decode(json.loads(json.dumps(CODEC.encode(tree)))) == tree


@pytest.mark.parametrize("kind", ["<f8", "<i8"])
def test_arrays_keep_their_kind(kind):
    values = np.array([[1, 2], [3, 4]], dtype=kind)
    found = CODEC.decode(json.loads(json.dumps(CODEC.encode(values))))
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.array([np.nan])])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(StatisticsError, match="finite number, got"):
        CODEC.encode(value)


@pytest.mark.parametrize("value", [Role.TARGET, {1: 2}, object()])
def test_what_is_not_known_is_refused(value):
    with pytest.raises(StatisticsError, match="known class, got"):
        CODEC.encode(value)
