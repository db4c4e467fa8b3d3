from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.luce import Role, strengths_by_content, strengths_by_question

from .tables import SETS, Row, drawn, expected, reference, table, without_grid

FITTED = 1e-4  # of the reference
ROLES = {Role.TARGET: "own|", Role.LURE: "lure|", Role.ANY: ""}  # as the reference writes them
THREE = (("a", 0), ("b", 0), ("c", 0))


def _by_name(answers, found):
    names = []
    for item in found.items:
        image = answers.images[item.image]
        names.append(f"{ROLES[item.role]}{answers.words[image.word]}|{image.cluster}")
    return dict(zip(names, found.values.tolist(), strict=True))


def _chosen(votes, options=THREE, word="a", content="c"):
    """As many answers of each option as `votes` say."""
    cells = np.repeat(np.arange(len(votes)), votes)
    return [Row(f"p{at}", word, content, options, cell) for at, cell in enumerate(cells.tolist())]


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize(
    ("roles", "name"), [(True, "by_content_roles"), (False, "by_content_naive")]
)
def test_each_content_of_the_reference(which, roles, name):
    answers, want = reference(which), expected(which)["luce"][name]
    for content, found in zip(
        answers.contents, strengths_by_content(answers, roles=roles), strict=True
    ):
        assert _by_name(answers, found) == pytest.approx(want[content], abs=FITTED)
        assert found.connected


def test_each_question_of_the_reference():
    answers, want = reference(), expected()["luce"]["by_question"]
    found = strengths_by_question(answers, penalty=0.1)
    for question, one in zip(answers.questions, found, strict=True):
        name = f"{answers.contents[question.content]}|{answers.words[question.word]}"
        values = {key.split("|", 1)[1]: value for key, value in _by_name(answers, one).items()}
        assert values == pytest.approx(want[name], abs=FITTED)


def test_the_grids_lead_where_the_questions_lead():
    """Each answer as its own set gives what one set for each question gives."""
    answers = reference()
    wider = tuple(replace(q, images=(*q.images, 0, 1)) for q in answers.questions)
    drawn_apart = replace(answers, questions=wider)
    for one, other in zip(
        strengths_by_content(answers), strengths_by_content(drawn_apart), strict=True
    ):
        assert one.items == other.items
        np.testing.assert_allclose(one.values, other.values, atol=1e-9)
        np.testing.assert_allclose(one.errors, other.errors, atol=1e-9)
        assert one.votes.tolist() == other.votes.tolist()
        assert one.offers.tolist() == other.offers.tolist()


def test_the_closed_form_by_hand():
    found = strengths_by_question(table(_chosen([7, 1, 0])))[0]
    logs = np.log([7.5, 1.5, 0.5])
    assert found.values == pytest.approx(logs - logs.mean())
    assert found.votes.tolist() == [7, 1, 0]
    assert found.offers.tolist() == [8, 8, 8]
    assert [item.role for item in found.items] == [Role.TARGET, Role.LURE, Role.LURE]
    # log 7.5 less a third of all three: 4/9 of its variance and 1/9 of the others'.
    assert found.errors[0] == pytest.approx(np.sqrt(4 / 9 / 7.5 + (1 / 1.5 + 1 / 0.5) / 9))


def test_a_penalised_pair_by_hand():
    # Two options: t and -t, with 6 - 8 / (1 + exp(-2t)) = 2 * 0.1 * t.
    found = strengths_by_question(table(_chosen([6, 2], THREE[:2])), penalty=0.1)[0]
    t = found.values[0]
    assert found.values[1] == pytest.approx(-t)
    assert 6 - 8 / (1 + np.exp(-2 * t)) == pytest.approx(0.2 * t)
    # The curvature along (1, -1) / 2, from the likelihood and the penalty.
    p = 1 / (1 + np.exp(-2 * t))
    assert found.errors[0] == pytest.approx((2 * (2 * 8 * p * (1 - p) + 0.2)) ** -0.5)


def test_hardly_a_penalty_is_the_logarithm_of_the_votes():
    found = strengths_by_question(table(_chosen([8, 4, 1])), penalty=1e-7)[0]
    logs = np.log([8, 4, 1])
    assert found.values == pytest.approx(logs - logs.mean(), abs=1e-5)


def test_known_strengths_are_recovered():
    """Nine images of a content in eighty triples, each chosen from a hundred times."""
    rng = np.random.default_rng(4)
    truth = rng.normal(size=9)
    truth -= truth.mean()
    rows = []
    for triple in range(80):
        images = rng.choice(9, size=3, replace=False)
        p = np.exp(truth[images]) / np.exp(truth[images]).sum()
        options = tuple((f"w{image}", 0) for image in images)
        word = f"q{triple}"
        rows += _chosen(rng.multinomial(100, p), options, word)
    answers = table(rows)
    found = strengths_by_content(answers, roles=False)[0]
    at = [int(answers.words[answers.images[item.image].word][1:]) for item in found.items]
    z = (found.values - truth[at]) / found.errors
    assert np.abs(z).max() < 3
    assert found.errors.max() < 0.1


def test_images_that_share_no_question_are_not_connected():
    rows = [*_chosen([2, 1, 0]), *_chosen([1, 1], (("d", 0), ("e", 0)), "d")]
    assert not strengths_by_content(table(rows))[0].connected
    tied = [*rows, *_chosen([1, 1], (("a", 0), ("e", 0)), "a2")]
    assert strengths_by_content(table(tied), roles=False)[0].connected


def test_an_image_is_a_target_here_and_a_lure_there():
    rows = [*_chosen([2, 1], THREE[:2], "a"), *_chosen([1, 3], THREE[:2], "b")]
    answers = table(rows)
    apart, together = (
        strengths_by_content(answers)[0],
        strengths_by_content(answers, roles=False)[0],
    )
    assert set(_by_name(answers, apart)) == {"own|a|0", "lure|b|0", "lure|a|0", "own|b|0"}
    assert together.votes.tolist() == [3, 4]
    assert together.offers.tolist() == [7, 7]


def test_a_choice_of_one_says_nothing():
    one = [Row("p", "d", "c", (("d", 0),), 0)]
    with_one, without = table([*_chosen([2, 1, 0]), *one]), table(_chosen([2, 1, 0]))
    found = strengths_by_content(with_one)[0]
    assert found.values.tolist() == strengths_by_content(without)[0].values.tolist()


def test_why_not():
    nothing = reference().only(np.zeros(621, dtype=bool))
    none = NotEstimable(Reason.NO_ANSWERS)
    assert set(strengths_by_content(nothing)) == {none}
    assert set(strengths_by_question(nothing)) == {none}
    assert set(strengths_by_question(nothing, penalty=0.1)) == {none}
    one = table([Row("p", "a", "c", (("a", 0),), 0)])
    for found in (
        strengths_by_content(one),
        strengths_by_question(one),
        strengths_by_question(one, penalty=0.1),
    ):
        assert found == (NotEstimable(Reason.ONE_OPTION),)
    differing = table([Row("p", "a", "c", THREE, 0), Row("q", "a", "c", (*THREE[:2], ("d", 0)), 0)])
    assert strengths_by_question(differing) == (NotEstimable(Reason.OPTIONS_DIFFER),)
    assert strengths_by_content(without_grid(differing)) == (NotEstimable(Reason.NO_GRID),)
    with pytest.raises(StatisticsError, match="above 0"):
        strengths_by_content(reference(), penalty=0.0)


@given(drawn() | drawn(fixed=False), st.booleans())
def test_strengths_sum_to_zero_and_the_gradient_vanishes(answers, roles):
    for found in strengths_by_content(answers, roles=roles):
        if isinstance(found, NotEstimable):
            continue
        assert found.values.sum() == pytest.approx(0, abs=1e-9)
        assert (found.errors > 0).all()
        assert found.votes.sum() * 4 == found.offers.sum()
    for found in strengths_by_question(answers):
        if not isinstance(found, NotEstimable):
            assert found.values.sum() == pytest.approx(0, abs=1e-9)


@given(drawn(), st.sampled_from([0.05, 0.1, 1.0]))
def test_the_fit_is_that_of_the_package_choix(answers, penalty):
    import choix

    for content, found in enumerate(strengths_by_content(answers, roles=False, penalty=penalty)):
        assume(not isinstance(found, NotEstimable))
        at = {item.image: place for place, item in enumerate(found.items)}
        mine = np.flatnonzero(answers.content == content)
        data = [
            (
                at[answers.chosen[row]],
                [at[i] for i in answers.grid[row] if i != answers.chosen[row]],
            )
            for row in mine.tolist()
        ]
        want = choix.opt_top1(len(at), data, alpha=penalty, tol=1e-10)
        np.testing.assert_allclose(found.values, want - want.mean(), atol=1e-5)
