from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy import stats as scipy_stats

from analysis.stats import NotEstimable, Reason, StatisticsError
from analysis.stats.sensitivity import chance_corrected, dprime_mofk, share_correct

CLOSED_FORM = 1e-9
THIRD, QUARTER = Fraction(1, 3), Fraction(1, 4)


def test_chance_correction_by_hand():
    assert chance_corrected(11, {THIRD: 27}) == pytest.approx(1 / 9, rel=CLOSED_FORM)
    assert chance_corrected(0, {THIRD: 3}) == pytest.approx(-1 / 2, rel=CLOSED_FORM)
    # Levels are weighed by their answers: chance is 7/24, and a half is 5/17 above it.
    assert chance_corrected(6, {THIRD: 6, QUARTER: 6}) == pytest.approx(5 / 17, rel=CLOSED_FORM)


def test_chance_correction_without_a_choice():
    assert chance_corrected(3, {Fraction(1): 3}) == NotEstimable(Reason.CERTAIN_CHANCE)
    assert chance_corrected(0, {}) == NotEstimable(Reason.NO_ANSWERS)


@pytest.mark.parametrize(
    ("correct", "n", "grid", "expected"),
    [
        (11, 27, (3, 9), 0.192278235),
        (24, 27, (3, 9), 1.619962404),
        (8, 27, (3, 9), -0.1022667017),
        (15, 27, (3, 12), 0.7721020264),
    ],
)
def test_golden_values(correct, n, grid, expected):
    assert dprime_mofk(correct, {grid: n}) == pytest.approx(expected, rel=CLOSED_FORM)


@given(st.floats(-4, 4))
def test_one_of_two_is_the_closed_form(dprime):
    assert share_correct(dprime, 1, 2) == pytest.approx(
        special.ndtr(dprime / np.sqrt(2)), rel=CLOSED_FORM
    )


@given(st.integers(1, 8), st.integers(1, 8))
def test_no_difference_is_guessing(targets, distractors):
    share = share_correct(0.0, targets, targets + distractors)
    assert share == pytest.approx(targets / (targets + distractors), rel=CLOSED_FORM)


@given(st.integers(1, 5), st.integers(1, 5), st.floats(-4, 4))
def test_targets_and_distractors_are_mirror_images(targets, distractors, dprime):
    options = targets + distractors
    assert share_correct(dprime, targets, options) + share_correct(
        -dprime, distractors, options
    ) == pytest.approx(1, rel=CLOSED_FORM)


def test_a_simulation_agrees():
    strengths = np.random.default_rng(7).normal(size=(200_000, 9))
    strengths[:, :3] += 1.2
    share = float(np.mean(strengths.argmax(axis=1) < 3))
    assert share_correct(1.2, 3, 9) == pytest.approx(
        share, abs=4 * float(scipy_stats.sem(strengths.argmax(axis=1) < 3))
    )


def test_grids_of_two_sizes_expect_the_correct_answers_together():
    grids = {(3, 9): 20, (3, 12): 10}
    found = dprime_mofk(17, grids)
    expected = 20 * share_correct(found, 3, 9) + 10 * share_correct(found, 3, 12)
    assert expected == pytest.approx(17, rel=CLOSED_FORM)


def test_degenerate_answers():
    assert dprime_mofk(0, {(3, 9): 0}) == NotEstimable(Reason.NO_ANSWERS)
    assert dprime_mofk(27, {(3, 9): 27}) == NotEstimable(Reason.ALL_CORRECT)
    assert dprime_mofk(0, {(3, 9): 27}) == NotEstimable(Reason.ALL_WRONG)
    assert dprime_mofk(1, {(1, 1): 2}) == NotEstimable(Reason.CERTAIN_CHANCE)
    with pytest.raises(StatisticsError, match="got 4"):
        dprime_mofk(4, {(3, 9): 3})
    with pytest.raises(StatisticsError, match="got 9 of 9"):
        share_correct(0.0, 9, 9)


@pytest.mark.parametrize("correct", [1, 719_999])
def test_nearly_all_and_nearly_none_of_very_many(correct):
    found = dprime_mofk(correct, {(3, 9): 720_000})
    assert 720_000 * share_correct(found, 3, 9) == pytest.approx(correct, rel=1e-6)
