from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import grid_shape, place_grids, place_options
from survey.errors import DesignError
from tests.survey.design.designs import SEEDS


@given(st.integers(1, 12), SEEDS)
def test_a_grid_holds_every_option_once(options, seed):
    grid = place_options(options=range(100, 100 + options), seed=seed)
    assert sorted(grid) == list(range(100, 100 + options))


def test_every_cell_is_as_likely_for_a_target():
    places = Counter(place_options(options=range(9), seed=s).index(0) for s in range(1800))
    assert set(places) == set(range(9))
    # 200 expected, standard deviation 13.3
    assert all(abs(n - 200) < 60 for n in places.values())


@st.composite
def questions_of_some_sizes(draw):
    """Questions of one size or several, of any number of targets, none and all among them."""
    questions = []
    for size in draw(st.lists(st.sampled_from([1, 2, 3, 4, 6, 9]), max_size=40)):
        first = 100 * len(questions)
        options = draw(st.permutations(range(first, first + size)))
        targets = draw(st.integers(0, size))
        questions.append((options, set(draw(st.permutations(options))[:targets])))
    return questions


def questions_alike(*, number: int, options: int, targets: int):
    """Distinct options, of which the first ones are targets."""
    starts = [options * index for index in range(number)]
    return [(range(i, i + options), range(i, i + targets)) for i in starts]


def target_cells(grid, targets) -> set[int]:
    return {cell for cell, option in enumerate(grid) if option in targets}


NUMBERS = st.integers(0, 10_000)


@given(questions_of_some_sizes(), NUMBERS, SEEDS)
def test_every_grid_holds_its_questions_options_once(questions, number, seed):
    grids = place_grids(questions=questions, number=number, seed=seed)
    assert [sorted(grid) for grid in grids] == [sorted(options) for options, _ in questions]


@given(questions_of_some_sizes(), NUMBERS, SEEDS)
def test_every_cell_is_a_targets_equally_often_for_each_participant(questions, number, seed):
    grids = place_grids(questions=questions, number=number, seed=seed)
    for size in {len(grid) for grid in grids}:
        times = Counter(dict.fromkeys(range(size), 0))
        for grid, (_, targets) in zip(grids, questions, strict=True):
            if len(grid) == size:
                times.update(target_cells(grid, targets))
        assert max(times.values()) - min(times.values()) <= 1


@given(questions_of_some_sizes(), st.integers(0, 500), SEEDS)
def test_every_option_stands_once_in_each_cell_over_a_block_of_participants(questions, block, seed):
    for size in {len(options) for options, _ in questions}:
        numbers = range(block * size, (block + 1) * size)
        people = [place_grids(questions=questions, number=n, seed=seed) for n in numbers]
        for index, (options, _) in enumerate(questions):
            if len(options) == size:
                for cell in range(size):
                    assert {grids[index][cell] for grids in people} == set(options)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5), st.integers(0, 500), SEEDS)
def test_targets_stay_balanced_where_the_distractors_change(number, targets, others, block, seed):
    size = targets + others
    people = []
    for person in range(size):
        questions = [
            ([o if o in wanted else o + 1000 * (person + 1) for o in options], wanted)
            for options, wanted in questions_alike(number=number, options=size, targets=targets)
        ]
        people.append(place_grids(questions=questions, number=block * size + person, seed=seed))
    for index, (_, wanted) in enumerate(questions):
        for target in wanted:
            assert sorted(grids[index].index(target) for grids in people) == list(range(size))


@given(questions_of_some_sizes(), NUMBERS, SEEDS)
def test_the_seed_and_the_number_decide_the_grids(questions, number, seed):
    first = place_grids(questions=questions, number=number, seed=seed)
    assert place_grids(questions=questions, number=number, seed=seed) == first


def test_other_numbers_and_other_seeds_give_other_grids():
    questions = questions_alike(number=6, options=9, targets=3)
    grids = {
        str(place_grids(questions=questions, number=number, seed=seed))
        for number in range(100)
        for seed in range(3)
    }
    assert len(grids) == 300


def test_the_targets_of_earlier_questions_do_not_give_away_those_of_the_next():
    questions = questions_alike(number=72, options=9, targets=3)
    shared = []
    for number in range(0, 9 * 60, 9):
        grids = place_grids(questions=questions, number=number, seed=1)
        cells = [target_cells(g, t) for g, (_, t) in zip(grids, questions, strict=True)]
        shared += [len(one & next_one) for one, next_one in pairwise(cells)]
    # Two draws of 3 of 9 cells share 1 on average, with variance 1/2; 24 targets in each cell
    # leave 9 * 24 * 23 / (72 * 71) = 0.972. Standard error 0.011.
    assert sum(shared) / len(shared) == pytest.approx(0.972, abs=0.05)
    # None is shared with probability 20/84 = 0.238; the standard error is 0.0065.
    assert shared.count(0) / len(shared) == pytest.approx(0.238, abs=0.035)


def test_every_arrangement_of_distractors_occurs():
    ((options, targets),) = questions_alike(number=1, options=4, targets=1)
    seen = Counter(
        tuple(place_grids(questions=[(options, targets)], number=number, seed=2)[0])
        for number in range(2400)
    )
    # 100 each expected, standard deviation 10
    assert len(seen) == 24
    assert all(abs(times - 100) < 50 for times in seen.values())


@pytest.mark.parametrize(
    ("question", "number", "says"),
    [
        (([], []), 0, "question 0: expected one option or more, got none"),
        (([1, 2, 1], [2]), 0, r"question 0: expected each option once, got \[1, 2, 1\]"),
        (([1, 2], [3]), 0, r"among its options \[1, 2\], got also \[3\]"),
        (([1, 2], [1]), -1, "number of 0 or more, got -1"),
    ],
)
def test_grids_that_cannot_be_are_an_error(question, number, says):
    with pytest.raises(DesignError, match=says):
        place_grids(questions=[question], number=number, seed=0)


@pytest.mark.parametrize(
    ("options", "shape"), [(4, (2, 2)), (6, (2, 3)), (9, (3, 3)), (12, (3, 4))]
)
def test_grid_shapes(options, shape):
    assert grid_shape(options) == shape
