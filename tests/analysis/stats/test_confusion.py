import numpy as np
import pytest
from hypothesis import given

from analysis.stats.confusion import confusion
from analysis.stats.intervals import NotEstimable, Reason

from .tables import SETS, Row, drawn, expected, reference, table, without_grid


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("changed", [lambda answers: answers, without_grid])
def test_the_reference(which, changed):
    answers, want = changed(reference(which)), expected(which)["confusion"]
    order = [answers.words.index(word) for word in want["words"]]
    found = confusion(answers)
    assert found.counts[np.ix_(order, order)].tolist() == want["counts"]
    assert found.exposures[np.ix_(order, order)].tolist() == want["exposure"]
    rates = dict(zip(answers.words, found.lure_rates, strict=True))
    assert rates == pytest.approx(expected(which)["lure_rate_per_word"], rel=1e-9)


def _by_hand():
    """Two people asked for a, with different distractors; b is chosen once of three exposures."""
    return table(
        [
            Row("p", "a", "c", (("a", 0), ("b", 0), ("b", 1)), 0),
            Row("q", "a", "c", (("a", 0), ("b", 0), ("c", 0)), 1),
        ],
        words=("a", "b", "c", "d"),
    )


def test_by_hand():
    found = confusion(_by_hand())
    assert found.counts[0].tolist() == [1, 1, 0, 0]
    assert found.exposures[0].tolist() == [2, 3, 1, 0]
    assert found.picks_per_exposure[0, :3].tolist() == pytest.approx([1 / 2, 1 / 3, 0])
    assert np.isnan(found.picks_per_exposure[0, 3])
    never = NotEstimable(Reason.NEVER_SHOWN)
    assert found.lure_rates == (never, pytest.approx(1 / 3), 0.0, never)
    assert not found.counts[1:].any()


def test_shorter_grids_count_what_they_held():
    rows = [
        Row("p", "a", "c", (("a", 0), ("b", 0)), 0),
        Row("p", "b", "c", (("a", 0), ("b", 0), ("c", 0)), 1),
    ]
    rows.append(Row("q", "a", "c", (("a", 0), ("c", 0)), 0))
    assert confusion(table(rows)).exposures[0].tolist() == [2, 1, 1]


def test_different_distractors_need_the_grid():
    found = confusion(without_grid(_by_hand()))
    assert found.counts.sum() == 2
    for figure in (found.exposures, found.picks_per_exposure, found.lure_rates):
        assert figure == NotEstimable(Reason.NO_GRID)


def test_nobody():
    assert confusion(table([], people=("p",))) == NotEstimable(Reason.NO_ANSWERS)


@given(drawn() | drawn(fixed=False))
def test_counts_are_the_answers_and_exposures_the_options(answers):
    found = confusion(answers)
    assert found.counts.sum() == len(answers)
    assert found.counts.diagonal().sum() == answers.correct.sum()
    assert found.exposures.sum() == 4 * len(answers)
    assert (found.counts <= found.exposures).all()
