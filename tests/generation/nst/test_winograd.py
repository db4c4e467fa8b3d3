import pytest
import torch
import torch.nn.functional as F

from generation.nst import winograd

# Of the size of the result: what Winograd's transforms lose in float32.
_SINGLE = 3e-5


def layer(maps, outs, size, dtype, batch=2):
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(batch, maps, *size, generator=generator, dtype=dtype)
    weight = torch.randn(outs, maps, 3, 3, generator=generator, dtype=dtype)
    bias = torch.randn(outs, generator=generator, dtype=dtype)
    return x.contiguous(memory_format=torch.channels_last), weight, bias


def apart(ours, theirs):
    """The largest difference, by the largest value."""
    assert ours.shape == theirs.shape
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (8, 8), (13, 7), (5, 18), (37, 45)], ids=str)
@pytest.mark.parametrize("portion", [None, 1, 40_000], ids=["whole", "rows", "some rows"])
def test_equals_direct_convolution(size, portion, monkeypatch):
    if portion:
        monkeypatch.setattr(winograd, "_PORTION", portion)
    x, weight, bias = layer(6, 10, size, torch.float64, batch=3)
    ours = winograd.convolve(x, winograd.transform(weight), bias)
    assert apart(ours, F.conv2d(x, weight, bias, padding=1)) < 1e-10
    assert ours.is_contiguous(memory_format=torch.channels_last)


def test_portions_of_whole_images(monkeypatch):
    x, weight, bias = layer(4, 4, (8, 8), torch.float64, batch=5)
    monkeypatch.setattr(winograd, "_PORTION", 36 * 2 * 4 * 4)  # two images of two rows of tiles
    assert winograd._portion(5, 2, 2, 4) == (2, 2)
    ours = winograd.convolve(x, winograd.transform(weight), bias)
    assert apart(ours, F.conv2d(x, weight, bias, padding=1)) < 1e-10


def test_without_a_bias():
    x, weight, _ = layer(5, 3, (9, 11), torch.float64)
    ours = winograd.convolve(x, winograd.transform(weight))
    assert apart(ours, F.conv2d(x, weight, padding=1)) < 1e-10


def test_any_memory_layout_of_the_input():
    x, weight, bias = layer(4, 6, (10, 7), torch.float64)
    filters = winograd.transform(weight)
    torch.testing.assert_close(
        winograd.convolve(x.contiguous(), filters, bias), winograd.convolve(x, filters, bias)
    )


def test_single_precision_stays_near_direct_convolution():
    x, weight, bias = layer(256, 256, (30, 21), torch.float32)
    exact = F.conv2d(x.double(), weight.double(), bias.double(), padding=1)
    ours = winograd.convolve(x, winograd.transform(weight), bias)
    assert ours.dtype == torch.float32
    assert apart(ours.double(), exact) < _SINGLE
