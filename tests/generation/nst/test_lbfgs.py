import pytest
import torch

from generation.nst.lbfgs import BatchedLBFGS


def quartic(x: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Badly scaled and not quadratic; one function per row. Losses (B,), gradients (B, N)."""
    x = x.detach().requires_grad_()
    loss = (scale * (x - 1).square()).sum(1) + 0.1 * (x[:, 1:] - x[:, :-1].square()).square().sum(1)
    (gradient,) = torch.autograd.grad(loss.sum(), x)
    return loss.detach(), gradient


def problem(batch: int, size: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    start = torch.randn(batch, size, generator=generator)
    return start, torch.rand(batch, size, generator=generator) * 3 + 0.05


def run(x, scale, iterations, history=5):
    optimiser = BatchedLBFGS(x, history)
    for _ in range(iterations):
        optimiser.tell(*quartic(optimiser.x, scale))
    return optimiser


@pytest.mark.parametrize("history", [1, 5, 20])
def test_one_problem_follows_torch(history):
    start, scale = problem(1)
    x = start.clone().requires_grad_()
    peer = torch.optim.LBFGS([x], lr=1, max_iter=1, history_size=history)

    def closure():
        peer.zero_grad()
        loss, gradient = quartic(x, scale)
        x.grad = gradient
        return loss.sum()

    ours = BatchedLBFGS(start, history)
    for _ in range(25):
        peer.step(closure)
        ours.tell(*quartic(ours.x, scale))
        torch.testing.assert_close(ours.x, x.detach(), rtol=1e-3, atol=1e-4)
    assert not torch.allclose(ours.x, start, atol=0.1)


def test_a_batch_equals_single_runs():
    start, scale = problem(6)
    together = run(start, scale, 40)
    for i in range(6):
        alone = run(start[i : i + 1], scale[i : i + 1], 40)
        torch.testing.assert_close(together.best[i], alone.best[0], rtol=1e-4, atol=1e-5)


def test_it_finds_the_minimum_of_each_problem():
    start, scale = problem(4)
    optimiser = run(start, scale, 200, history=10)
    assert optimiser.best_loss.max() < 1e-6
    torch.testing.assert_close(optimiser.best, torch.ones_like(start), rtol=0, atol=1e-3)


def test_finished_problems_stand_still():
    scale = torch.ones(2, 12)
    start = torch.stack([torch.ones(12), torch.zeros(12)])  # the first is at its minimum
    optimiser = run(start, scale, 3)
    assert optimiser.done.tolist() == [True, False]
    assert torch.equal(optimiser.x[0], start[0])
    assert not torch.equal(optimiser.x[1], start[1])


def test_a_bad_step_is_cut_to_a_quarter_while_others_do_not_notice():
    start, scale = problem(2)
    optimiser = BatchedLBFGS(start, 5)
    alone = BatchedLBFGS(start[1:], 5)
    for iteration in range(60):
        loss, gradient = quartic(optimiser.x, scale)
        if iteration == 10:
            loss[0] = torch.nan
        if iteration == 20:
            gradient[0] = torch.inf
        if iteration == 30:
            loss[0] = 1e9
        if iteration in (9, 19, 29):
            last = optimiser.x[0].clone()
        reached = optimiser.x[0].clone()
        optimiser.tell(loss, gradient)
        alone.tell(*quartic(alone.x, scale[1:]))
        if iteration in (10, 20, 30):
            quarter = last + 0.25 * (reached - last)
            torch.testing.assert_close(optimiser.x[0], quarter, rtol=1e-5, atol=1e-6)
    assert optimiser.best_loss[0] < 1e-3
    torch.testing.assert_close(optimiser.best[1], alone.best[0], rtol=1e-4, atol=1e-5)


def test_a_problem_that_stays_bad_goes_back_to_its_best_and_begins_anew():
    start, scale = problem(1)
    optimiser = run(start, scale, 10)
    best, value = optimiser.best.clone(), optimiser.best_loss.clone()
    cuts = []
    for _ in range(5):
        optimiser.tell(torch.tensor([torch.nan]), torch.full_like(start, torch.nan))
        cuts.append(torch.equal(optimiser.x, best))
    assert cuts == [False, False, False, False, True]
    loss, gradient = quartic(optimiser.x, scale)
    assert torch.equal(loss, value)
    optimiser.tell(loss, gradient)
    step = optimiser.x - best  # along the gradient, a little: its history is forgotten
    torch.testing.assert_close(
        step / step.norm(), -gradient / gradient.norm(), rtol=1e-3, atol=1e-3
    )
    assert step.abs().sum() < 0.25**4
    for _ in range(60):
        optimiser.tell(*quartic(optimiser.x, scale))
    assert optimiser.best_loss < 1e-3


def test_the_first_step_has_the_length_asked_for():
    start, scale = problem(3)
    optimiser = BatchedLBFGS(start, 5, first=0.5)
    optimiser.tell(*quartic(start, scale))
    torch.testing.assert_close((optimiser.x - start).abs().sum(1), torch.full((3,), 0.5))


def test_a_problem_that_never_is_finite_stays_where_it_was():
    start, _ = problem(1)
    optimiser = BatchedLBFGS(start, 5)
    for _ in range(3):
        optimiser.tell(torch.tensor([torch.nan]), torch.full_like(start, torch.nan))
    assert torch.equal(optimiser.best, start)
    assert optimiser.best_loss.isinf().all()
