from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import order_questions
from survey.errors import DesignError
from tests.survey.design.designs import SEEDS


@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 40), SEEDS)
def test_an_order_has_every_question_once_and_spreads_the_catches(contents, words, catches, seed):
    asked = [f"w{w}" for _ in range(contents) for w in range(words)]
    catches = min(catches, len(asked))
    sequence = asked + [None] * catches
    order = order_questions(words=sequence, seed=seed)
    assert sorted(order) == list(range(len(sequence)))
    places = [place for place, index in enumerate(order) if sequence[index] is None]
    assert 0 not in places
    assert len(places) == catches
    for part, place in enumerate(places):
        start, stop = (n * len(sequence) // catches for n in (part, part + 1))
        assert start <= place < stop
    assert all(later - place > 1 for place, later in pairwise(places))


def catch_places(words, seed) -> list[int]:
    order = order_questions(words=words, seed=seed)
    return [place for place, index in enumerate(order) if words[index] is None]


def test_catches_come_at_any_place_of_their_part():
    words = [*"abcdef", None, None]
    places = Counter(tuple(catch_places(words, seed)) for seed in range(600))
    # 3 places in the first part, 4 in the second, but for the two that touch.
    assert set(places) == {(a, b) for a in (1, 2, 3) for b in (4, 5, 6, 7)} - {(3, 4)}
    # 50 or 67 expected, standard deviation 7 to 8
    assert min(places.values()) > 20


def test_as_many_catches_as_questions_take_turns():
    assert catch_places([*"abcd", None, None, None, None], seed=3) == [1, 3, 5, 7]


@given(SEEDS)
def test_the_seed_decides(seed):
    words = ["a", "a", "b", "b", "c", None]
    assert order_questions(words=words, seed=seed) == order_questions(words=words, seed=seed)


def test_other_seeds_give_other_orders():
    words = [*"abcdefgh", None]
    assert len({str(order_questions(words=words, seed=s)) for s in range(5)}) == 5


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), SEEDS)
def test_no_word_comes_twice_in_a_row_more_often_than_it_must(counts, seed):
    words = [f"w{w}" for w, count in enumerate(counts) for _ in range(count)]
    order = order_questions(words=words, seed=seed)
    repeats = sum(words[a] == words[b] for a, b in pairwise(order))
    assert repeats == max(0, 2 * max(counts) - len(words) - 1)


def test_more_catches_than_questions_are_an_error():
    with pytest.raises(DesignError, match="got 2 and 1"):
        order_questions(words=["a", None, None], seed=0)
