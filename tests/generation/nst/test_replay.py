import pytest
import torch

from generation.nst.lbfgs import BatchedLBFGS
from generation.nst.replay import Replayed

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


def step(optimiser: BatchedLBFGS) -> tuple[torch.Tensor, torch.Tensor]:
    """Of a quartic valley, whose bottom is at 1; the images told are the very coordinates."""
    x = optimiser.x
    gradient = 4 * (x - 1) ** 3 + 0.1 * (x - 1)
    loss = ((x - 1) ** 4 + 0.05 * (x - 1) ** 2).sum(1)
    optimiser.tell(loss, gradient)
    return x, loss


def start(device: str) -> BatchedLBFGS:
    generator = torch.Generator().manual_seed(5)
    return BatchedLBFGS(torch.randn(3, 40, generator=generator).to(device), history=5)


def test_without_a_gpu_every_call_is_a_step():
    plain, ours = start("cpu"), start("cpu")
    replayed = Replayed(step, ours)
    for _ in range(8):
        (x, loss), (x2, loss2) = step(plain), replayed()
        assert torch.equal(x, x2)
        assert torch.equal(loss, loss2)
    assert torch.equal(plain.x, ours.x)


def test_a_step_in_place_is_the_same_step_in_the_same_tensors():
    plain, ours = start("cpu"), start("cpu")
    held = {name: getattr(ours, name) for name in BatchedLBFGS._STATE}
    for _ in range(9):
        step(plain)
        with ours.in_place():
            step(ours)
    for name, tensor in held.items():
        assert getattr(ours, name) is tensor
        assert torch.equal(tensor, getattr(plain, name)), name


@needs_cuda
def test_a_graph_takes_the_same_steps_and_tells_what_was_before_each():
    plain, ours = start("cuda"), start("cuda")
    replayed = Replayed(step, ours)
    told = []
    for _ in range(12):
        (x, loss), found = step(plain), replayed()
        assert torch.allclose(x, found[0], atol=1e-5)
        assert torch.allclose(loss, found[1], rtol=1e-4, atol=1e-6)
        told.append(found[0])
    assert len({float(x.sum()) for x in told}) == 12  # nothing was written over later
