import numpy as np
import pytest
from hypothesis import assume, given

from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.reliability import reliability

from .tables import SETS, Row, drawn, expected, reference, table

RANDOM = 0.02  # of the reference's own random splits
OPTIONS = {word: ((word, 0), ("x", 0)) for word in "abc"}


def _answered(*people):
    """A string of marks for each person: in order, words a, b and c, + correct and - wrong."""
    return table(
        [
            Row(f"p{at}", word, f"c{i}", OPTIONS[word], int(mark == "-"))
            for at, marks in enumerate(people)
            for i in range(0, len(marks), 3)
            for word, mark in zip("abc", marks[i : i + 3], strict=True)
            if mark in "+-"
        ]
    )


@pytest.mark.parametrize("which", SETS)
def test_the_reference(which):
    want, found = expected(which)["split_half_words"], reliability(reference(which))
    assert found.odd_even_r == pytest.approx(want["odd_even_r"], rel=1e-9)
    assert found.odd_even == pytest.approx(want["odd_even_spearman_brown"], rel=1e-9)
    assert found.alpha == pytest.approx(want["cronbach_alpha_raters"], rel=1e-9)
    assert found.random.mean == pytest.approx(want["random1000_sb_mean"], abs=RANDOM)
    assert found.random.low == pytest.approx(want["random1000_sb_p2_5"], abs=RANDOM)
    assert found.random.high == pytest.approx(want["random1000_sb_p97_5"], abs=RANDOM)
    assert found.random.n == 1000


def test_by_hand():
    # Correct of two for a, b, c: the first person 2, 1, 0; the second 2, 0, 1. r = 0.5.
    found = reliability(_answered("++-+--", "+--+-+"))
    assert found.odd_even_r == pytest.approx(0.5)
    assert found.odd_even == pytest.approx(2 / 3)
    # Each varies by 1, their sum (4, 1, 1) by 3: alpha 2 * (1 - 2 / 3).
    assert found.alpha == pytest.approx(2 / 3)
    assert found.random.mean == pytest.approx(2 / 3)


def test_missing_answers_leave_alpha_to_the_complete():
    found = reliability(_answered("++-+--", "+--+-+", "++-   "))
    assert found.alpha_people == 2
    assert found.alpha == pytest.approx(2 / 3)
    assert found.people == 3


def test_the_same_seed_gives_the_same_splits():
    assert reliability(reference(), splits=20) == reliability(reference(), splits=20)
    assert reliability(reference(), splits=20) != reliability(reference(), splits=20, seed=1)


def test_why_not():
    assert reliability(table([], people=("p",))) == NotEstimable(Reason.NO_ANSWERS)
    assert reliability(_answered("+-+")) == NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    assert reliability(_answered("+- ", "++ ")) == NotEstimable(Reason.FEWER_THAN_THREE_WORDS)
    alike = NotEstimable(Reason.WORDS_ALIKE)
    found = reliability(_answered("+++", "+++", "+++"))
    assert (found.odd_even_r, found.odd_even, found.random, found.alpha) == (alike,) * 4
    apart = reliability(_answered("+- ", " -+", "+ +"))
    assert apart.alpha == NotEstimable(Reason.FEWER_THAN_TWO_COMPLETE)


def test_opposite_halves_have_no_reliability_of_the_whole():
    found = reliability(_answered("+--", "-++"))
    assert found.odd_even_r == pytest.approx(-1)
    assert found.odd_even == NotEstimable(Reason.WORDS_ALIKE)


@given(drawn())
def test_the_correlation_is_that_of_numpy(answers):
    found = reliability(answers, splits=1)
    assume(not isinstance(found, NotEstimable))
    odd = np.flatnonzero(np.bincount(answers.person))[::2]
    first = np.isin(answers.person, odd)
    accuracies = []
    for word in range(len(answers.words)):
        mine = answers.word == word
        halves = [answers.correct[mine & half] for half in (first, ~first)]
        if all(len(half) for half in halves):
            accuracies.append([half.mean() for half in halves])
    assume(len(accuracies) > 2)
    x, y = np.transpose(accuracies)
    assume(np.ptp(x) and np.ptp(y))
    assert found.odd_even_r == pytest.approx(np.corrcoef(x, y)[0, 1])
