from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from analysis.stats.careless import Rules, careless, modal_agreement

from .tables import CARELESS, SETS, Row, drawn, expected, reference, table

CLOSED = 1e-9
TWO = (("a", 0), ("b", 0), ("c", 0))


def _names(answers, found):
    return {answers.people[at] for at in found.people}


def test_the_reference_flags_the_two_and_nobody_else():
    answers = reference()
    found = careless(answers)
    assert _names(answers, found) == set(CARELESS)
    eighth, ninth = (answers.people.index(name) for name in CARELESS)
    assert found.too_fast[eighth]
    assert not found.position_bias[eighth]
    assert found.position_bias[ninth]
    assert found.long_run[ninth]
    assert not found.too_fast[ninth]


def test_nobody_else_is_flagged_once_they_are_left_out():
    assert careless(reference("clean")).people == frozenset()


@pytest.mark.parametrize("which", SETS)
def test_what_the_rules_look_at_is_the_reference(which):
    answers, want = reference(which), expected(which)["per_participant"]
    found = careless(answers)
    for at, name in enumerate(answers.people):
        assert found.answers[at] == want[name]["n"]
        assert found.median_rt_ms[at] == want[name]["median_rt_ms"]
        assert found.fast_share[at] == pytest.approx(want[name]["share_under_1000ms"], abs=CLOSED)
        assert found.agreement[at] == pytest.approx(want[name]["loo_modal_agreement"], rel=CLOSED)


def test_no_rule_knows_what_is_correct():
    assert not [f.name for f in fields(Rules) if "correct" in f.name or "accuracy" in f.name]


def test_agreement_with_the_others_by_hand():
    chosen = {"c1": "aab", "c2": "abc", "c3": "aaa"}
    rows = [
        Row(f"p{person}", "a", content, TWO, "abc".index(image))
        for content, images in chosen.items()
        for person, image in enumerate(images)
    ]
    # c1: the others of p0 and of p1 chose a and b, a tie that holds their a; those of p2 chose a.
    # c2: everybody's others chose two other images. c3: all agree.
    assert modal_agreement(table(rows)).tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3])


def test_somebody_alone_has_nobody_to_agree_with():
    found = careless(table([Row("p", "a", "c", TWO, 0)]))
    assert np.isnan(found.agreement).all()
    assert found.people == frozenset()


def test_different_distractors_leave_no_agreement():
    rows = [Row("p", "a", "c", TWO, 0), Row("q", "a", "c", (("a", 0), ("d", 0), ("e", 0)), 0)]
    assert np.isnan(modal_agreement(table(rows))).all()


def test_failed_catches_flag_from_the_second_on():
    answers = reference("clean")
    found = careless(answers, failed_catches={0: 1, 1: 2, 3: 3})
    assert found.people == {1, 3}
    assert found.failed_catches.tolist() == [1, 2, 0, 3, 0, 0, 0]


def test_somebody_who_disagrees_with_everybody_is_flagged():
    rng = np.random.default_rng(1)
    rows = []
    for content in range(40):
        common = rng.integers(2)
        for person in range(10):
            cell = 2 if person == 9 else common if rng.random() < 0.8 else 1 - common
            options = tuple(TWO[i] for i in rng.permutation(3))
            cell = options.index(TWO[cell])
            rows.append(Row(f"p{person}", "a", f"c{content}", options, cell))
    found = careless(table(rows))
    assert np.flatnonzero(found.disagrees).tolist() == [9]


def test_rules_can_be_stricter():
    answers = reference("clean")
    found = careless(answers, Rules(fast_ms=3000.0))
    assert found.rules.fast_ms == 3000.0
    assert found.too_fast.any()


def test_nobody():
    answers = reference().only(np.zeros(621, dtype=bool))
    found = careless(answers)
    assert found.people == frozenset()
    assert found.answers.tolist() == [0] * 9
    assert np.isnan(found.fast_share).all()


def test_times_that_were_not_measured_flag_nobody():
    answers = reference()
    answers = answers.only(np.ones(len(answers), dtype=bool))
    answers.rt_ms[:] = np.nan
    found = careless(answers)
    assert not found.too_fast.any()
    assert np.isnan(found.median_rt_ms).all()


@given(drawn())
def test_agreement_is_a_plain_count(answers):
    want = np.full(len(answers.people), np.nan)
    for person in range(len(answers.people)):
        hits = []
        for at in np.flatnonzero(answers.person == person):
            others = (answers.question == answers.question[at]) & (answers.person != person)
            images, votes = np.unique(answers.chosen[others], return_counts=True)
            if len(votes):
                hits.append(answers.chosen[at] in images[votes == votes.max()])
        if hits:
            want[person] = np.mean(hits)
    np.testing.assert_allclose(modal_agreement(answers), want)
