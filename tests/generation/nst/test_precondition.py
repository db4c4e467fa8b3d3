import pytest
import torch

from generation.nst.precondition import Pixels, Preconditioned

CPU = torch.device("cpu")


@pytest.fixture(params=[(16, 16), (15, 22), (33, 17)])
def space(request):
    return request.param, Preconditioned(*request.param, CPU)


def images(size, seed=0):
    return torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(seed)) * 40


def test_there_and_back(space):
    size, coordinates = space
    x = images(size)
    there = coordinates.from_pixels(x)
    assert not torch.allclose(there, x, atol=1)
    torch.testing.assert_close(coordinates.to_pixels(there), x, rtol=0, atol=1e-3)


def test_the_map_is_symmetric(space):
    """<S a, b> = <a, S b>: the gradient goes the same way as the image."""
    size, coordinates = space
    a, b = images(size, 1), images(size, 2)
    left = (coordinates.to_pixels(a) * b).sum()
    right = (a * coordinates.to_pixels(b)).sum()
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1)


def test_slow_luminance_gets_longer_steps_than_colour():
    coordinates = Preconditioned(64, 64, CPU)
    wave = torch.cos(torch.arange(64) * 2 * torch.pi / 64).expand(64, 64)
    grey = torch.stack([wave, wave, wave])[None]
    colour = torch.stack([wave, torch.zeros_like(wave), -wave])[None]
    assert coordinates.to_pixels(grey).norm() > 2 * grey.norm()
    assert coordinates.to_pixels(colour).norm() < colour.norm()


def test_the_mean_colour_stays_within_reach():
    flat = torch.full((1, 3, 32, 32), 10.0)
    assert Preconditioned(32, 32, CPU).to_pixels(flat).isfinite().all()


def test_plain_pixels_are_themselves():
    x = images((8, 8))
    assert Pixels().to_pixels(x) is x
    assert Pixels().from_pixels(x) is x
