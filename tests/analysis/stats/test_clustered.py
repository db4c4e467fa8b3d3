import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import Interval, NotEstimable, PeopleMean, Reason, StatisticsError, people_mean
from analysis.stats.clustered import (
    Clusters,
    binomial_error,
    clustered_error,
    clusters,
    design_effect,
    participant_mean,
    standard_errors,
    wilson_effective,
)

CLOSED_FORM = 1e-9
SCORES = st.lists(
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=12,
)


def of(*scores: tuple[int, int]) -> Clusters:
    return Clusters(np.array([k for k, _ in scores]), np.array([n for _, n in scores]))


def test_clusters_count_and_leave_out_the_empty():
    found = clusters(np.array([True, False, True, True]), np.array([0, 0, 2, 2]))
    assert found.correct.tolist() == [1, 2]
    assert found.n.tolist() == [2, 2]
    assert found.totals == (3, 4)


def test_impossible_counts():
    with pytest.raises(StatisticsError, match="0 <= correct <= n"):
        of((3, 2))


def test_two_people_by_hand():
    # Three of four, and one of four: residuals +1 and -1 around a half, so
    # variance = (1 + 1) / 8^2 * 2 / 1 = 1/16; binomial: 1/4 / 8 = 1/32.
    people = of((3, 4), (1, 4))
    assert clustered_error(people) == pytest.approx(1 / 4, rel=CLOSED_FORM)
    assert binomial_error(4, 8) == pytest.approx(math.sqrt(1 / 32), rel=CLOSED_FORM)
    assert design_effect(people) == pytest.approx(2, rel=CLOSED_FORM)


def test_two_ways_by_hand():
    # The same answers, by question: 2 of 2, 1 of 2, 1 of 2, 0 of 2: residuals 1, 0, 0, -1, so
    # 2/64 * 4/3 = 1/24. Single answers: 1/32 * 8/7 = 1/28.
    found = standard_errors(of((3, 4), (1, 4)), of((2, 2), (1, 2), (1, 2), (0, 2)))
    assert found.question == pytest.approx(math.sqrt(1 / 24), rel=CLOSED_FORM)
    assert found.two_way == pytest.approx(math.sqrt(1 / 16 + 1 / 24 - 1 / 28), rel=CLOSED_FORM)


def test_both_ways_must_count_the_same_answers():
    with pytest.raises(StatisticsError, match="the same answers"):
        standard_errors(of((3, 4)), of((2, 4)))


def test_an_effective_number_widens_the_interval():
    # With a design effect of 2 the interval is Wilson's of 2 correct of 4.
    z2 = 1.959963984540054**2
    half = math.sqrt(z2) / (4 + z2) * math.sqrt(1 + z2 / 4)
    found = wilson_effective(of((3, 4), (1, 4)))
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), rel=CLOSED_FORM)


def test_people_who_answer_too_much_alike_do_not_shorten_the_interval():
    assert design_effect(of((2, 4), (2, 4))) == 1.0


@given(SCORES)
def test_the_mean_of_people_is_that_of_the_plain_function(scores):
    expected, found = people_mean(scores), participant_mean(of(*scores))
    if isinstance(expected, PeopleMean):
        assert isinstance(found, PeopleMean)
        assert found.mean == pytest.approx(expected.mean, rel=CLOSED_FORM)
        assert found.interval.low == pytest.approx(expected.interval.low, abs=CLOSED_FORM)
    else:
        assert found == expected


@given(st.lists(st.booleans(), min_size=3, max_size=40).filter(lambda a: 0 < sum(a) < len(a)))
def test_each_answer_its_own_cluster_is_the_binomial_error(answers):
    singles = of(*((int(answer), 1) for answer in answers))
    n, correct = len(answers), sum(answers)
    expected = binomial_error(correct, n) * math.sqrt(n / (n - 1))
    assert clustered_error(singles) == pytest.approx(expected, rel=CLOSED_FORM)


@given(SCORES, st.integers(2, 5))
def test_nothing_estimable_is_not_a_number(scores, times):
    people = of(*scores)
    questions = of(*scores[::-1])
    errors = standard_errors(people, questions)
    for found in (errors.iid, errors.participant, errors.question, errors.two_way):
        assert isinstance(found, NotEstimable) or (math.isfinite(found) and found > 0)
    effect = design_effect(people)
    assert isinstance(effect, NotEstimable) or effect >= 1


def test_degenerate_answers():
    nobody = Clusters(np.array([], dtype=int), np.array([], dtype=int))
    assert clustered_error(nobody) == NotEstimable(Reason.NO_ANSWERS)
    assert participant_mean(nobody) == NotEstimable(Reason.NO_ANSWERS)
    assert design_effect(nobody) == NotEstimable(Reason.NO_ANSWERS)
    for alike in (of((3, 3), (2, 2)), of((0, 3), (0, 2))):
        found = standard_errors(alike, alike)
        assert {found.iid, found.participant, found.question, found.two_way} == {
            NotEstimable(Reason.ALL_ALIKE)
        }
        assert wilson_effective(alike) == NotEstimable(Reason.ALL_ALIKE)
    one = of((1, 2))
    assert clustered_error(one) == NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    assert design_effect(one) == NotEstimable(Reason.FEWER_THAN_TWO_PEOPLE)
    assert clustered_error(of((1, 3), (2, 6))) == NotEstimable(Reason.NO_VARIANCE)
    assert standard_errors(of((1, 2), (2, 2)), of((3, 4))).question == NotEstimable(
        Reason.FEWER_THAN_TWO_QUESTIONS
    )


def test_a_negative_variance_is_said_to_be_one():
    # One share among people and among questions: only the negative part is left.
    found = standard_errors(of((1, 2), (1, 2)), of((1, 2), (1, 2)))
    assert found.two_way == NotEstimable(Reason.NEGATIVE_VARIANCE)
