import math

import numpy as np
import pytest
from scipy import stats

from analysis.stats import NotEstimable, Reason
from analysis.stats.answers import Answers, Asked, Stimulus
from analysis.stats.people_test import people_above_chance

IMAGES = tuple(Stimulus(0, word, 0) for word in range(3))
HALF = Asked(0, 0, 1, 2, (0, 1))
THIRD = Asked(0, 0, 1, 3, (0, 1, 2))


def answers(given, questions=(HALF, THIRD)):
    """`given` are (person, question, correct)."""
    person, question, correct = (np.array(column) for column in zip(*given, strict=True))
    nothing = np.full(len(person), -1)
    return Answers(
        people=("a", "b", "c"), words=("x", "y", "z"), contents=("c",), images=IMAGES,
        questions=questions, person=person, question=question,
        chosen=np.where(correct, 0, 1), position=nothing, rt_ms=np.full(len(person), math.nan),
    )  # fmt: skip


def test_people_are_compared_with_the_chance_of_their_own_questions():
    found = people_above_chance(
        answers([(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 0, 0), (2, 1, 0), (2, 1, 1), (2, 1, 1)])
    )
    # By hand: 1 - 5/12, 1/2 - 1/2, 2/3 - 1/3.
    expected = stats.ttest_1samp([7 / 12, 0, 1 / 3], 0, alternative="greater")
    assert (found.people, found.df) == (3, 2)
    assert found.t == pytest.approx(expected.statistic)
    assert found.p_greater == pytest.approx(expected.pvalue)


def test_people_without_answers_do_not_count():
    found = people_above_chance(answers([(0, 0, 1), (2, 0, 0), (2, 0, 1)]))
    assert found.people == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([(0, 0, 1), (0, 0, 0)], Reason.FEWER_THAN_TWO_PEOPLE),
        ([(0, 0, 1), (1, 0, 1)], Reason.NO_VARIANCE),
        ([(0, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1)], Reason.NO_VARIANCE),
    ],
)
def test_why_not(given, reason):
    assert people_above_chance(answers(given)) == NotEstimable(reason)


def test_nobody():
    nobody = answers([(0, 0, 1)]).only(np.array([False]))
    assert people_above_chance(nobody) == NotEstimable(Reason.NO_ANSWERS)
