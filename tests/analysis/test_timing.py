"""Response times, and where the chosen images stood."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis.stats.answers import Answers, Asked, Stimulus
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.positions import positions, target_slots
from analysis.stats.spread import Spread
from analysis.timing import cells, timing
from analysis.timing_charts import bins, course_chart, histogram_chart, spread_chart


def make(rt_ms, *, person=None, chosen=None, position=None, grid=None):
    """Answers to one question with one target of two images; by one person if not said."""
    n = len(rt_ms)
    zeros = np.zeros(n, dtype=np.int64)
    return Answers(
        ("a", "b"), ("w", "v"), ("c",), (Stimulus(0, 0, 0), Stimulus(0, 1, 0)),
        (Asked(0, 0, 1, 2, (0, 1)),),
        zeros if person is None else np.array(person), zeros,
        zeros if chosen is None else np.array(chosen),
        zeros if position is None else np.array(position),
        np.array(rt_ms, dtype=np.float64), None if grid is None else np.array(grid),
    )  # fmt: skip


def test_times_by_hand():
    found = timing(make([1000, 3000, np.nan, 2000], chosen=[0, 1, 0, 0]))
    assert (found.answers, found.missing) == (4, 1)
    assert found.everything == Spread(3, 1500, 2000, 2500)
    assert found.correct == Spread(2, 1250, 1500, 1750)
    assert found.wrong == Spread(1, 3000, 3000, 3000)
    assert found.words[1] == NotEstimable(Reason.NO_TIMES)
    assert [(part.first, part.last) for part in found.course] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert isinstance(found.course[2].spread, NotEstimable)


def test_a_long_course_is_cut_into_parts():
    found = timing(make(range(1000, 1050), person=[0] * 50))
    assert [(part.first, part.last) for part in found.course][-1] == (49, 50) or (
        found.course[-1].last == 50
    )
    assert sum(part.spread.n for part in found.course) == 50
    assert len(found.course) <= 24


@pytest.mark.parametrize("rt_ms", [0, 1, 99, 100, 101, 999, 1000, 99_999, 100_000, 4_000_000])
def test_every_time_is_in_one_bin_that_holds_it(rt_ms):
    found = timing(make([rt_ms])).histogram
    assert sum(found.correct) + sum(found.wrong) == 1
    (place,) = np.flatnonzero(found.correct)
    if 100 <= rt_ms < 100_000:
        assert found.edges[place] <= rt_ms * (1 + 1e-9) < found.edges[place + 1] * (1 + 1e-9)
    else:
        assert place in (0, len(found.correct) - 1)


@pytest.mark.parametrize(
    ("rt_ms", "reason"), [([], Reason.NO_ANSWERS), ([np.nan], Reason.NO_TIMES)]
)
def test_it_says_why_not(rt_ms, reason):
    assert timing(make(rt_ms)) == NotEstimable(reason)


def test_charts_have_the_numbers_of_their_tables():
    found = timing(make([300, 1000, 3000], chosen=[0, 0, 1]))
    assert bins(found.histogram) == list(histogram_chart(found.histogram).rows)
    assert sum(row[2] + row[3] for row in bins(found.histogram)) == 3
    assert bins(found.histogram)[0][:2] == (251, 316)
    assert course_chart(found.course).rows[0] == (1, 1, 1, 300, 300, 300)
    spread = spread_chart("words-chart", "t", [("w", found.words[0]), ("v", found.words[1])])
    assert spread.rows == (("w", 3, 650, 1000, 2000), ("v", 0, None, None, None))


def test_cells_with_what_is_expected():
    answers = make([1, 1, 1, 1], position=[0, 0, 0, 1], grid=[[0, 1], [0, 1], [1, 0], [0, 1]])
    rows = cells(positions(answers), answers)
    assert [(row.number, row.chosen, row.expected) for row in rows] == [(1, 3, 2), (2, 1, 2)]
    assert [(row.targets, row.targets_expected) for row in rows] == [(3, 2), (1, 2)]
    assert sum(row.targets for row in rows) == sum(target_slots(answers))


def test_without_grids_the_targets_are_not_counted():
    answers = make([1, 1], position=[0, 1])
    assert [row.targets for row in cells(positions(answers), answers)] == [None, None]


def test_a_question_of_fewer_options_expects_nothing_in_the_others():
    answers = make([1, 1], position=[0, 1])
    wide = SimpleNamespace(
        questions=(answers.questions[0], Asked(0, 0, 1, 4, (0, 1))),
        question=np.array([0, 1]), position=answers.position,
    )  # fmt: skip
    found = SimpleNamespace(counts=(1, 1, 0, 0), target_slots=NotEstimable(Reason.NO_GRID))
    assert [row.expected for row in cells(found, wide)] == [0.75, 0.75, 0.25, 0.25]
