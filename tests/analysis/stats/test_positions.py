import itertools

import numpy as np
import pytest
from hypothesis import given

from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.positions import longest_runs, people_positions, positions, run_p

from .tables import SETS, Row, drawn, expected, reference, table, without_grid

CLOSED = 1e-9  # of the reference's ten digits
FOUR = (("a", 0), ("b", 0), ("c", 0), ("d", 0))


def _rows(cells, person="p"):
    return [Row(person, "a", f"c{i}", FOUR, cell) for i, cell in enumerate(cells)]


@pytest.mark.parametrize("which", SETS)
def test_the_reference(which):
    want, found = expected(which)["position_bias"], positions(reference(which))
    assert list(found.counts) == want["counts"]
    assert list(found.target_slots) == want["target_slots"]
    assert (found.df, found.chi2) == (want["df"], pytest.approx(want["chi2"], rel=CLOSED))
    assert found.p == pytest.approx(want["p"], rel=CLOSED)


@pytest.mark.parametrize("which", SETS)
def test_each_person_of_the_reference(which):
    want = expected(which)["position_bias"]["per_participant"]
    answers = reference(which)
    found = people_positions(answers)
    assert set(answers.people) == set(want)
    for at, name in enumerate(answers.people):
        assert found.counts[at].tolist() == want[name]["counts"]
        assert found.longest_run[at] == want[name]["longest_run"]
        assert found.chi2[at] == pytest.approx(want[name]["chi2"], rel=CLOSED)
        assert found.p[at] == pytest.approx(want[name]["p"], rel=CLOSED)
        assert found.p_holm[at] == pytest.approx(want[name]["p_holm"], rel=CLOSED)
        assert found.run_p[at] == pytest.approx(want[name]["longest_run_p"], rel=CLOSED)


@pytest.mark.parametrize(("n", "cells"), [(1, 3), (4, 2), (6, 3)])
def test_the_probability_of_a_run_by_listing_all_choices(n, cells):
    sequences = list(itertools.product(range(cells), repeat=n))
    longest = [max(len(list(run)) for _, run in itertools.groupby(s)) for s in sequences]
    for length in range(1, n + 1):
        share = sum(run >= length for run in longest) / len(sequences)
        assert run_p(length, n, cells) == pytest.approx(share, rel=1e-12)
    assert run_p(n + 1, n, cells) == 0


def test_runs_of_interleaved_people_by_hand():
    person = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    position = np.array([3, 5, 3, 5, 3, 5, 2, 5])
    assert longest_runs(person, position, 3).tolist() == [3, 4, 0]


def test_a_test_of_equal_use_by_hand():
    # 4 answers, one expected in each cell: (3-1)^2 + 0 + 1 + 1 = 6.
    found = positions(table(_rows([0, 0, 0, 1])))
    assert (found.counts, found.chi2, found.df) == ((3, 1, 0, 0), 6.0, 3)


def test_smaller_grids_are_expected_to_fill_their_own_cells():
    rows = [
        *_rows([0, 1, 2, 3]),
        Row("p", "a", "c9", FOUR[:2], 0),
        Row("p", "b", "c9", FOUR[:2], 1),
    ]
    found = people_positions(table(rows))
    assert found.expected.tolist() == [[2.0, 2.0, 1.0, 1.0]]
    assert found.chi2.tolist() == [0.0]


def test_unknown_cells_are_left_out():
    answers = table([*_rows([0, 0, 1], "p"), *_rows([2], "q")])
    answers.position[[0, 3]] = -1
    assert sum(positions(answers).counts) == 2
    found = people_positions(answers)
    assert found.longest_run.tolist() == [1, 0]
    assert np.isnan(found.p).tolist() == [False, True]
    assert np.isnan(found.run_p).tolist() == [False, True]


def test_without_a_grid_only_the_targets_cells_are_unknown():
    found = positions(without_grid(reference()))
    assert found.target_slots == NotEstimable(Reason.NO_GRID)
    assert found.chi2 == positions(reference()).chi2


def test_why_not():
    nothing = reference().only(np.zeros(len(reference()), dtype=bool))
    one = table([Row("p", "a", "c", (("a", 0),), 0)])
    unknown = table(_rows([0, 1]))
    unknown.position[:] = -1
    for answers, reason in [
        (nothing, Reason.NO_ANSWERS),
        (one, Reason.ONE_OPTION),
        (unknown, Reason.NO_POSITIONS),
    ]:
        assert positions(answers) == NotEstimable(reason)
        assert people_positions(answers) == NotEstimable(reason)


@given(drawn())
def test_cells_count_every_answer_and_slots_every_target(answers):
    found = positions(answers)
    assert sum(found.counts) == len(answers)
    assert sum(found.target_slots) == 2 * len(answers)
    people = people_positions(answers)
    assert people.counts.sum(axis=0).tolist() == list(found.counts)
    assert people.expected.sum() == pytest.approx(len(answers))
