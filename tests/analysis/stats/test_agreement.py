import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.stats.agreement import By, Over, agreement
from analysis.stats.intervals import Interval, NotEstimable, Reason

from .tables import SETS, Row, drawn, expected, reference, table

CLOSED = 1e-9
NAMES = {
    By.CORRECT: "correct_binary",
    By.IMAGE: "image_label",
    By.WORD: "chosen_word",
    By.CLUSTER: "cluster_or_other",
}
FOUR = (("a", 0), ("a", 1), ("b", 0), ("c", 0))


def _chosen(*questions):
    """A question for each string, in which person i chose the option of the i-th digit."""
    return table(
        [
            Row(f"p{person}", "a", f"c{at}", FOUR, int(option))
            for at, options in enumerate(questions)
            for person, option in enumerate(options)
            if option != "-"
        ],
        people=[f"p{i}" for i in range(max(map(len, questions)))],
    )


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("by", By)
def test_the_reference(which, by):
    want = expected(which)["agreement"]
    found = agreement(reference(which), by, resamples=2)
    assert found.categories == want[NAMES[by]]["n_categories"]
    assert found.observed == pytest.approx(want[NAMES[by]]["observed_pairwise"], rel=CLOSED)
    assert found.kappa == pytest.approx(want[NAMES[by]]["fleiss_kappa"], rel=CLOSED)
    assert found.alpha == pytest.approx(want[NAMES[by]]["krippendorff_alpha"], rel=CLOSED)
    if by is By.IMAGE:
        want = want["brennan_prediger_image_q9"]
        assert found.brennan_prediger == pytest.approx(want, rel=CLOSED)
    else:
        assert found.brennan_prediger == NotEstimable(Reason.NO_EQUAL_CHANCE)


def test_by_hand():
    # Correct is 0 or 1. Three people: all correct; two of three; all wrong.
    # Agreement (1 + 1/3 + 1)/3 = 7/9; shares 5/9 and 4/9, chance 41/81; kappa 22/40.
    found = agreement(_chosen("000", "012", "323"), By.CORRECT)
    assert found.observed == pytest.approx(7 / 9)
    assert found.kappa == pytest.approx(22 / 40)
    # Disagreement 2/9, by chance 2 * 20 / (9 * 8); alpha 1 - (2/9) / (5/9).
    assert found.alpha == pytest.approx(3 / 5)
    assert (found.people, found.questions, found.categories) == (3, 3, 2)


def test_a_question_with_one_answer_compares_nobody():
    full = agreement(_chosen("001", "223"))
    more = agreement(_chosen("001", "223", "-1-"))
    assert (more.observed, more.kappa, more.alpha) == (full.observed, full.kappa, full.alpha)


def test_correct_answers_can_be_compared_where_distractors_differ():
    rows = [Row("p", "a", "c", FOUR, 2), Row("q", "a", "c", (*FOUR[:3], ("d", 0)), 3)]
    rows += [Row("p", "b", "d", FOUR, 2), Row("q", "b", "d", FOUR, 2)]
    assert agreement(table(rows), By.CORRECT).observed == 1.0
    for by in (By.IMAGE, By.WORD, By.CLUSTER):
        assert agreement(table(rows), by) == NotEstimable(Reason.OPTIONS_DIFFER)


@pytest.mark.parametrize("over", Over)
def test_intervals_hold_the_value_and_follow_the_seed(over):
    found = agreement(reference(), By.WORD, over=over)
    again = agreement(reference(), By.WORD, over=over)
    other = agreement(reference(), By.WORD, over=over, seed=1)
    assert found == again
    assert found.kappa_interval != other.kappa_interval
    for value, interval in (
        (found.kappa, found.kappa_interval),
        (found.alpha, found.alpha_interval),
    ):
        assert interval.low < value < interval.high
        assert 0.02 < interval.high - interval.low < 0.3


def test_questions_that_all_agree_alike_leave_no_spread():
    # In each resample two of three agree in each question; only chance moves, and not by much.
    found = agreement(_chosen(*["001", "110"] * 20), By.CLUSTER)
    assert found.kappa == pytest.approx(1 - (2 / 3) / (1 / 2))
    assert isinstance(found.kappa_interval, Interval)
    assert found.kappa_interval.high - found.kappa_interval.low < 0.2


def test_somebody_drawn_twice_does_not_agree_with_themselves():
    # Nobody ever agrees, so no resample of people does either.
    found = agreement(_chosen(*["0123", "1230", "2301", "3012"] * 5), over=Over.PEOPLE)
    assert found.observed == 0.0
    assert found.kappa_interval.high < 0


def test_why_not():
    nothing = table([], people=("p", "q"))
    alone = table([Row("p", "a", "c", FOUR, 0), Row("q", "a", "d", FOUR, 0)])
    assert agreement(nothing) == NotEstimable(Reason.NO_ANSWERS)
    assert agreement(alone) == NotEstimable(Reason.NO_COMMON_QUESTION)
    one = NotEstimable(Reason.ONE_CATEGORY)
    for answers in (_chosen("00", "00"), _chosen("01", "10"), _chosen("000")):
        found = agreement(answers, By.CORRECT)
        assert found.observed == 1.0
        assert (found.kappa, found.alpha) == (one, one)
        assert (found.kappa_interval, found.alpha_interval) == (one, one)
    assert agreement(_chosen("01")).kappa_interval == NotEstimable(Reason.FEWER_THAN_TWO_QUESTIONS)


def test_two_people_cannot_be_resampled():
    found = agreement(_chosen("01", "22", "33"), over=Over.PEOPLE)
    assert found.kappa_interval == NotEstimable(Reason.UNDEFINED_RESAMPLES)


@given(drawn(), st.sampled_from(list(By)))
def test_alpha_is_that_of_the_package_krippendorff(answers, by):
    import krippendorff

    found = agreement(answers, by, resamples=1)
    assume(not isinstance(found, NotEstimable))
    clusters = np.array([i.cluster for i in answers.images])
    category = {
        By.CORRECT: answers.correct,
        By.IMAGE: answers.chosen,
        By.WORD: answers.chosen_word,
        By.CLUSTER: np.where(answers.correct, clusters[answers.chosen], 99),
    }[by]
    ratings = np.full((len(answers.people), len(answers.questions)), np.nan)
    ratings[answers.person, answers.question] = category
    pairable = ratings[:, (~np.isnan(ratings)).sum(axis=0) > 1]
    kinds = np.unique(pairable[~np.isnan(pairable)])
    if len(kinds) == 1:
        assert found.alpha == NotEstimable(Reason.ONE_CATEGORY)
    else:
        want = krippendorff.alpha(reliability_data=pairable, level_of_measurement="nominal")
        assert found.alpha == pytest.approx(want, abs=1e-9)


@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_alpha_is_kappa_and_a_little_when_complete(people, questions, seed):
    digits = np.random.default_rng(seed).integers(4, size=(questions, people))
    found = agreement(_chosen(*["".join(map(str, row)) for row in digits]), By.WORD, resamples=1)
    assume(not isinstance(found.kappa, NotEstimable))
    assert found.alpha == pytest.approx(found.kappa + (1 - found.kappa) / (people * questions))
