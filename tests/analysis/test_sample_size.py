"""How many people a study needs, without a page."""

import math
from fractions import Fraction

import pytest
from scipy import stats

from analysis.frames import WordLabel
from analysis.sample_size import (
    Design,
    Wanted,
    curves,
    design_of,
    evidence,
    horizon,
    rows,
)
from analysis.stats.answers import Asked
from analysis.stats.intervals import NotEstimable, Reason

THIRD = Design(Fraction(1, 3), 3, 23, is_composed=True, is_mixed=False)


def asked(word, content, targets=3, options=9, condition=""):
    return Asked(word, content, targets, options, tuple(range(options)), condition)


def test_the_design_is_what_the_questions_ask():
    found = design_of(
        [asked(word, content) for word in range(4) for content in range(3)],
        options=9,
        is_between=False,
    )
    assert found == Design(Fraction(1, 3), 3, 4, is_composed=True, is_mixed=False)


@pytest.mark.parametrize(("is_between", "per_person"), [(False, 4), (True, 2)])
def test_between_people_a_person_answers_one_condition(is_between, per_person):
    questions = [asked(w, c, condition=name) for w in range(3) for c in range(2) for name in "ab"]
    found = design_of(questions, options=9, is_between=is_between)
    assert (found.per_person, found.words, found.is_mixed) == (per_person, 3, False)


def test_words_that_differ_are_said_to():
    found = design_of([asked(0, 0), asked(1, 0), asked(2, 0, 2)], options=9, is_between=False)
    assert (found.chance, found.is_mixed) == (Fraction(1, 3), True)


def test_before_a_question_is_composed_the_usual_is_supposed():
    found = design_of([], options=12, is_between=False)
    assert (found.chance, found.per_person, found.is_composed) == (Fraction(1, 4), 3, False)
    assert design_of([], options=2, is_between=False).chance == Fraction(1, 2)


def test_power_now_is_that_of_the_exact_test():
    found = rows(THIRD, Wanted(0.05, 1, 0.6), people=9, effect=1.0)
    (row,) = [row for row in found if row.is_wanted]
    assert row.now.critical == 14
    assert row.now.power == pytest.approx(stats.binom.sf(13, 27, 0.6), abs=1e-12)


def test_a_design_effect_asks_for_more_people_and_lowers_the_power():
    wanted = Wanted(0.05, 23, 0.6)
    plain, alike = (rows(THIRD, wanted, people=20, effect=effect) for effect in (1.0, 2.0))
    for one, two in zip(plain, alike, strict=True):
        assert one.now.power >= two.now.power
        for goal, more in zip(one.goals, two.goals, strict=True):
            assert more.people == math.ceil(goal.answers * 2 / 3)
            assert more.answers == more.people * 3


def test_the_correction_is_bonferronis():
    one, many = Wanted(0.05, 1, 0.5), Wanted(0.05, 23, 0.5)
    assert many.strictest == pytest.approx(0.05 / 23)
    assert many.threshold == pytest.approx(460)
    for few, more in zip(
        rows(THIRD, one, people=0, effect=1.0), rows(THIRD, many, people=0, effect=1.0), strict=True
    ):
        assert few.now == NotEstimable(Reason.NO_ANSWERS)
        assert few.goals[0].people < more.goals[0].people


def test_an_accuracy_at_chance_is_never_found():
    found = rows(THIRD, Wanted(0.05, 1, 0.3), people=9, effect=1.0)
    (row,) = [row for row in found if row.is_wanted]
    assert row.goals[0].people == NotEstimable(Reason.NOT_ABOVE_CHANCE)


def test_nothing_to_choose_from():
    certain = Design(Fraction(1), 3, 1, is_composed=True, is_mixed=False)
    assert rows(certain, Wanted(0.05, 1, 0.5), people=9, effect=1.0) == NotEstimable(
        Reason.CERTAIN_CHANCE
    )


def test_curves_are_the_power_at_their_points():
    found = curves(THIRD, Wanted(0.05, 1, 0.7), most=30, effect=1.0)
    assert [curve.accuracy for curve in found] == [0.7, 0.5, 0.6]
    assert found[0].people == tuple(range(1, 31))
    (row,) = [r for r in rows(THIRD, Wanted(0.05, 1, 0.7), people=9, effect=1.0) if r.is_wanted]
    assert found[0].power[8] == pytest.approx(row.now.power)
    long = curves(THIRD, Wanted(0.05, 1, 0.7), most=2000, effect=1.0)
    assert len(long[0].people) <= 150
    assert (long[0].people[0], long[0].people[-1]) == (1, 2000)


def test_the_chart_reaches_beyond_its_goals_and_the_plan():
    wanted = Wanted(0.05, 23, 0.6)
    found = rows(THIRD, wanted, people=9, effect=1.0)
    needed = max(goal.people for row in found if row.is_wanted for goal in row.goals)
    assert horizon(found, people=9, planned=0) == math.ceil(1.4 * needed)
    assert horizon(found, people=9, planned=500) == 500
    assert horizon(found, people=10_000, planned=0) == math.ceil(1.4 * needed)


def test_evidence_by_its_strength():
    words = [WordLabel(name, name, "") for name in ("all", "none", "never")]
    third = Fraction(1, 3)
    found = evidence(words, [{third: (20, 20)}, {third: (0, 20)}, {}], Wanted(0.05, 23, 0.5))
    assert [row.word.reading for row in found] == ["all", "none", "never"]
    assert [row.is_enough for row in found] == [True, False, False]
    assert [row.percent for row in found] == [100, 0, 0]
    assert found[2].evidence == NotEstimable(Reason.NO_ANSWERS)
