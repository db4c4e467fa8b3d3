from fractions import Fraction

import numpy as np
import pytest

from analysis.stats.answers import Answers, Asked, Stimulus
from analysis.stats.clustered import Clusters, design_effect
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.planning import word_scores, words_design_effect


def make(rows, *, levels=((1, 2), (1, 2), (1, 3), (1, 2))):
    """Rows of person, question and whether it was correct; questions 0-2 ask word 0, 3 word 1."""
    asked = (0, 0, 0, 1)
    images = (Stimulus(0, 0, 0), Stimulus(0, 1, 0))
    questions = tuple(
        Asked(word, 0, *level, (0, 1)) for word, level in zip(asked, levels, strict=True)
    )
    person, question, right = (
        np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
    )
    word = np.array(asked)[question]
    cell, unknown = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), np.nan)
    return Answers(
        ("a", "b", "c"), ("w", "v"), ("c",), images, questions,
        person, question, np.where(right == 1, word, 1 - word), cell, unknown,
    )  # fmt: skip


def test_scores_of_a_word_by_its_chance_levels():
    answers = make([(0, 0, 1), (0, 1, 0), (0, 2, 1), (1, 0, 1), (1, 3, 0)])
    first, second = word_scores(answers)
    assert first == {Fraction(1, 2): (2, 3), Fraction(1, 3): (1, 1)}
    assert second == {Fraction(1, 2): (0, 1)}


def test_one_word_has_the_design_effect_of_its_people():
    """Two people who are all right or all wrong, three answers each: as alike as can be."""
    rows = [(0, q, 1) for q in range(3)] + [(1, q, 0) for q in range(3)]
    found = words_design_effect(make(rows))
    assert found == pytest.approx(6.0)
    assert found == pytest.approx(design_effect(Clusters(np.array([3, 0]), np.array([3, 3]))))


def test_words_of_different_accuracies_are_not_a_likeness_of_people():
    """Everybody is right about one word and wrong about the other, but for one answer each."""
    rows = [(p, q, int(q != p)) for p in range(3) for q in range(3)]
    rows += [(p, 3, 0) for p in range(3)]
    assert words_design_effect(make(rows)) == 1.0


def test_it_is_one_at_least():
    rows = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 1)]
    assert words_design_effect(make(rows)) == 1.0


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(0, 0, 1), (0, 1, 0)], Reason.FEWER_THAN_TWO_PEOPLE),
        ([(0, 0, 1), (1, 0, 1)], Reason.ALL_ALIKE),
        ([(0, 0, 1), (1, 3, 0)], Reason.FEWER_THAN_TWO_PEOPLE),
    ],
)
def test_it_says_why_not(rows, reason):
    assert words_design_effect(make(rows)) == NotEstimable(reason)


def test_nobody():
    some = make([(0, 0, 1)])
    assert words_design_effect(some.only(some.person == 9)) == NotEstimable(Reason.NO_ANSWERS)
