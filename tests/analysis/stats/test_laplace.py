import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.laplace import Table, find_mode, gradient
from analysis.stats.laplace_fit import maximise

SEEDS = st.integers(0, 2**32 - 1)


def _table(rng, people=6, words=3, contents=2, accuracy=0.6):
    """Answers of which a fifth is missing; words by contents, and a mean for each content."""
    word = np.repeat(np.arange(words), contents)
    questions = words * contents
    n = (rng.random((people, questions)) < 0.8).astype(float)
    correct = (rng.random((people, questions)) < accuracy) * n
    fixed = np.eye(contents)[np.tile(np.arange(contents), words)]
    offset = rng.normal(size=questions)
    return Table(correct, n, offset, fixed, (np.eye(words)[word], np.eye(questions)))


def _dense(table, beta, sds):
    """The Laplace loss, mode and Hessian of one long vector of normals, the plain way."""
    people, questions = table.n.shape
    person, question = np.divmod(np.arange(people * questions), questions)
    design = np.hstack(
        [sds[0] * np.eye(people)[person]]
        + [sd * marks[question] for sd, marks in zip(sds[1:], table.groups, strict=True)]
    )
    base = (table.offset + table.fixed @ beta)[question]
    n, correct = table.n.ravel(), table.correct.ravel()

    def loss(z):
        logits = base + design @ z
        return (n * np.logaddexp(0, logits) - correct * logits).sum() + z @ z / 2

    def slope(z):
        return design.T @ (n * special.expit(base + design @ z) - correct) + z

    mode = optimize.minimize(
        loss, np.zeros(design.shape[1]), jac=slope, method="BFGS", options={"gtol": 1e-9}
    ).x
    p = special.expit(base + design @ mode)
    hessian = np.eye(len(mode)) + design.T @ ((n * p * (1 - p))[:, None] * design)
    return loss(mode) + np.linalg.slogdet(hessian)[1] / 2, mode, hessian


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.lists(st.floats(0, 2), min_size=3, max_size=3))
def test_the_loss_is_that_of_the_dense_problem(seed, sds):
    rng = np.random.default_rng(seed)
    table, beta, sds = _table(rng), rng.normal(size=2), np.array(sds)
    found = find_mode(table, beta, sds, None)
    loss, mode, hessian = _dense(table, beta, sds)
    assert found.loss == pytest.approx(loss, abs=1e-6)
    np.testing.assert_allclose(np.concatenate([found.people, found.others]), mode, atol=1e-5)
    inverse = np.linalg.inv(hessian)[len(found.people) :, len(found.people) :]
    np.testing.assert_allclose(np.linalg.inv(found.schur), inverse, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_gradient_is_the_slope_of_the_loss(seed):
    rng = np.random.default_rng(seed)
    table, at = _table(rng), np.concatenate([rng.normal(size=2), rng.uniform(0.1, 1.5, size=3)])

    def loss(parameters):
        return find_mode(table, parameters[:2], parameters[2:], None).loss

    found = gradient(table, at[2:], find_mode(table, at[:2], at[2:], None))
    slopes = [(loss(at + step) - loss(at - step)) / 2e-5 for step in 1e-5 * np.eye(5)]
    np.testing.assert_allclose(found, slopes, atol=1e-5)


def test_where_a_deviation_is_zero_the_loss_is_flat():
    table, sds = _table(np.random.default_rng(0)), np.array([0.0, 0.5, 0.0])
    found = gradient(table, sds, find_mode(table, np.zeros(2), sds, None))
    assert found[[2, 4]].tolist() == [0.0, 0.0]


def test_a_mode_does_not_depend_on_where_the_search_starts():
    table, sds = _table(np.random.default_rng(3)), np.array([0.8, 0.5, 0.3])
    start = np.full(6, 5.0), np.full(9, -5.0)
    far, near = (find_mode(table, np.zeros(2), sds, at) for at in (start, None))
    assert far.loss == pytest.approx(near.loss, abs=1e-9)


def test_the_maximum_is_a_maximum():
    table = _table(np.random.default_rng(5), people=40, words=6, contents=3)
    found = maximise(table)
    parameters = np.concatenate([found.beta, found.sds])
    rng = np.random.default_rng(6)
    for _ in range(20):
        other = parameters + rng.normal(scale=0.05, size=len(parameters))
        loss = find_mode(table, other[:3], other[3:], None).loss
        assert -loss <= found.log_likelihood


def test_people_who_are_all_right_or_all_wrong_have_no_finite_spread():
    table = _table(np.random.default_rng(0), people=20, words=5)
    correct = table.n * (np.arange(20) % 2)[:, None]
    apart = Table(correct, table.n, table.offset, table.fixed, table.groups)
    assert maximise(apart) == NotEstimable(Reason.NOT_CONVERGED)
