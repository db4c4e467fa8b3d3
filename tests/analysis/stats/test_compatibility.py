import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from analysis.stats.compatibility import (
    Choices,
    Compatibility,
    Kinds,
    compatibility,
    g_statistic,
    pearson_p,
)
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.permutation_limit import moments

from .tables import SETS, Row, drawn, expected, reference, table

CLOSED = 1e-9
# Of two estimates by 2000 permutations; their difference has a deviation of up to 0.016.
RANDOM = 0.03
OPTIONS = (("a", 0), ("a", 1), ("b", 0), ("c", 0))


def _chosen(*people):
    """A digit for each content: which option a person chose."""
    return table(
        [
            Row(f"p{at}", "a", f"c{i}", OPTIONS, int(option))
            for at, options in enumerate(people)
            for i, option in enumerate(options)
        ]
    )


@pytest.mark.parametrize("which", SETS)
def test_the_reference(which):
    answers, want = reference(which), expected(which)["content_x_cluster"]
    found = compatibility(answers)
    assert found.permutations == want["B"]
    assert found.g == pytest.approx(want["sum_G"], rel=CLOSED)
    assert found.p == pytest.approx(want["sum_p_perm"], abs=RANDOM)
    for name, word in zip(answers.words, found.words, strict=True):
        mine = want["per_word"][name]
        assert word.g == pytest.approx(mine["G_4x3"], abs=1e-8)
        assert word.p == pytest.approx(mine["p_perm"], abs=RANDOM)
        if mine["chi2_own_p"] is not None:
            assert word.chi2_own_p == pytest.approx(mine["chi2_own_p"], rel=CLOSED)


@pytest.mark.parametrize("which", SETS)
def test_votes_are_those_of_the_reference(which):
    answers = reference(which)
    contents = sorted(answers.contents)
    for word in compatibility(answers, permutations=1).words:
        mine = expected(which)["per_word"][answers.words[word.word]]["cluster_votes"]
        for content in contents:
            column = answers.contents.index(content)
            assert [row[column] for row in word.votes[:-1]] == mine[content]


def test_by_hand():
    # Three people choose cluster 0 on c0 and cluster 1 on c1: G = 2 * 6 ln 2.
    found = compatibility(_chosen("01", "01", "01"), permutations=4000)
    word = found.words[0]
    assert word.votes == ((3, 0), (0, 3), (0, 0))
    assert word.g == found.g == pytest.approx(12 * np.log(2))
    # Of the eight ways to shuffle, all alike and all turned are as far: 1/4.
    assert word.p == pytest.approx(0.25, abs=0.03)
    assert found.p == word.p == word.p_holm
    assert found.words[1] == NotEstimable(Reason.NO_ANSWERS)


def test_somebody_who_always_chooses_alike_says_nothing():
    # A habit of cluster 0 and one of cluster 1: shuffled, they stay what they are.
    found = compatibility(_chosen("00", "11", "33"))
    assert found.words[0].p == 1.0


@pytest.mark.parametrize("drop", [0, 1])
def test_permutations_are_those_of_every_order(drop):
    """Against all orders of three people's answers, one of them without their last answer."""
    answers = [(0, 1, 2), (0, 0, 1), (2, 2, 0)[: 3 - drop]]
    person = np.repeat([0, 1, 2], [len(a) for a in answers])
    content = np.concatenate([np.arange(len(a)) for a in answers])
    category = np.concatenate(answers)
    want: Counter[bytes] = Counter()
    for orders in itertools.product(*map(itertools.permutations, answers)):
        one = np.zeros((3, 3), dtype=np.int64)
        np.add.at(one, (np.concatenate(orders), content), 1)
        want[one.tobytes()] += 1
    rng = np.random.default_rng(5)
    tables = Kinds.of(Choices(person, content, category, (3, 3))).permuted(40_000, rng)
    found = Counter(each.tobytes() for each in tables)
    assert set(found) <= set(want)
    kinds, total = list(want), sum(want.values())
    ideal = np.array([want[kind] / total * len(tables) for kind in kinds])
    assert scipy_stats.chisquare([found[kind] for kind in kinds], ideal).pvalue > 0.001


@given(drawn())
def test_shuffling_keeps_the_margins(answers):
    shape = (len(answers.words), len(answers.contents))
    choices = Choices(answers.person, answers.content, answers.chosen_word, shape)
    rng = np.random.default_rng(0)
    tables = Kinds.of(choices).permuted(5, rng)
    rows = np.bincount(answers.chosen_word, minlength=shape[0])
    columns = np.bincount(answers.content, minlength=shape[1])
    assert (tables.sum(axis=2) == rows).all()
    assert (tables.sum(axis=1) == columns).all()


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4),
)
def test_g_and_chi2_are_those_of_scipy(rows):
    found = np.array(rows)
    kept = found[found.any(axis=1)][:, found.any(axis=0)]
    if min(kept.shape, default=0) < 2:
        assert pearson_p(found) == NotEstimable(Reason.CHOICES_ALIKE)
        return
    likelihood = scipy_stats.chi2_contingency(kept, correction=False, lambda_="log-likelihood")
    assert g_statistic(found) == pytest.approx(likelihood.statistic, abs=1e-9)
    pearson = scipy_stats.chi2_contingency(kept, correction=False)
    assert pearson_p(found) == pytest.approx(pearson.pvalue, abs=1e-12)


def test_the_seed_decides():
    assert compatibility(reference()) == compatibility(reference())
    assert compatibility(reference()) != compatibility(reference(), seed=1)


def test_why_not():
    assert compatibility(table([], people=("p",))) == NotEstimable(Reason.NO_ANSWERS)
    assert compatibility(_chosen("0", "1")) == NotEstimable(Reason.ONE_CONTENT)
    assert compatibility(_chosen("00", "00")) == NotEstimable(Reason.CHOICES_ALIKE)
    own = compatibility(_chosen("02", "02")).words[0]
    assert own.chi2_own_p == NotEstimable(Reason.CHOICES_ALIKE)


def test_ten_thousand_people_are_as_few_kinds_as_a_hundred():
    """A dependence on content that ten thousand people show, in a moment."""
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(10_000), 3)
    content = np.tile(np.arange(3), 10_000)
    category = rng.integers(4, size=30_000)
    tables = Kinds.of(Choices(person, content, category, (4, 3))).permuted(500, rng)
    alike = g_statistic(tables)
    # Independent answers: 6 degrees of freedom.
    assert alike.mean() == pytest.approx(6, abs=0.6)
    assert isinstance(compatibility(reference(), permutations=10), Compatibility)


def test_the_limit_has_the_moments_of_shuffled_answers():
    """Of every order of three people's answers, one of whom answered two contents of three."""
    answers, shape = [(0, 1, 2), (0, 0, 1), (2, 1)], (3, 3)
    one = [[_table_of(order, shape) for order in itertools.permutations(each)] for each in answers]
    tables = np.array([sum(each) for each in itertools.product(*one)]).reshape(-1, 9)
    categories = np.array([np.bincount(each, minlength=3) for each in answers])
    contents = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0]])
    mean, covariance = moments(categories, contents, np.ones(3, dtype=int))
    assert mean.ravel() == pytest.approx(tables.mean(axis=0))
    assert covariance == pytest.approx(np.cov(tables.T, bias=True))


def _table_of(order, shape):
    found = np.zeros(shape, dtype=int)
    np.add.at(found, (np.array(order), np.arange(len(order))), 1)
    return found


def test_people_of_one_answer_have_no_spread():
    mean, covariance = moments(np.array([[1, 0]]), np.array([[0, 1]]), np.array([7]))
    assert mean.tolist() == [[0, 7], [0, 0]]
    assert not covariance.any()


def _crowd(people, seed, shares=(0.4, 0.3, 0.2, 0.1)):
    """Answers of four categories on six contents; a third of people stopped on the way."""
    rng = np.random.default_rng(seed)
    kept = (
        np.arange(6) < np.where(rng.random(people) < 1 / 3, rng.integers(1, 7, people), 6)[:, None]
    )
    person, content = np.nonzero(kept)
    content = np.argsort(rng.random((people, 6)), axis=1)[person, content]
    return Choices(person, content, rng.choice(4, size=len(person), p=shares), (4, 6))


def test_the_limit_gives_the_p_of_permutations():
    for seed in range(3):
        choices = _crowd(2_000, seed)
        observed = g_statistic(choices.table)
        kinds = Kinds.of(choices)
        assert kinds.are_many
        exact, limit = (
            g_statistic(draw(4_000, np.random.default_rng(1)))
            for draw in (kinds.permuted, kinds.limit)
        )
        assert (limit >= observed).mean() == pytest.approx((exact >= observed).mean(), abs=0.03)
        assert limit.mean() == pytest.approx(exact.mean(), rel=0.02)


def test_few_votes_are_shuffled_even_among_many_kinds():
    choices = _crowd(2_000, 0, shares=(0.5, 0.3, 0.198, 0.002))
    kinds = Kinds.of(choices)
    assert len(kinds.people) > 100
    assert not kinds.are_many


def test_many_kinds_of_people_take_a_moment():
    """A word of ten thousand people and six contents, two of which are answered otherwise."""
    choices = _crowd(10_000, 4)
    rng = np.random.default_rng(0)
    category = np.where(
        rng.random(len(choices.person)) < 0.03 * choices.content, 0, choices.category
    )
    answers = table([Row("p", "a", f"c{i}", OPTIONS, 0) for i in range(6)])
    answers = replace(
        answers,
        people=tuple(map(str, range(10_000))),
        person=choices.person,
        question=choices.content,
        chosen=answers.grid[choices.content, category],
        position=category,
        rt_ms=np.ones(len(category)),
        grid=None,
    )
    word = compatibility(answers).words[0]
    assert word.from_limit
    assert word.p == 1 / 2001
