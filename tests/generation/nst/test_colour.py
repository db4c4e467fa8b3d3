import math

import pytest
import torch
from PIL import Image

from generation.nst.colour import colour_distance, luminance, match_colour, with_luminance
from generation.nst.images import to_network
from tests.generation.nst.conftest import picture


def test_match_colour_moves_mean_and_covariance():
    image, like = to_network(picture(1)), to_network(picture(2))
    moved = match_colour(image, [like])
    for power in (1, 2):
        wanted = like.flatten(1).pow(power).mean(1)
        torch.testing.assert_close(moved.flatten(1).pow(power).mean(1), wanted, rtol=0.02, atol=2)
    covariance = torch.cov(moved.flatten(1)) - torch.cov(like.flatten(1))
    assert covariance.abs().max() < 0.02 * torch.cov(like.flatten(1)).abs().max()


def test_match_colour_of_a_grey_image_is_finite():
    grey = to_network(Image.new("RGB", (32, 32), (90, 90, 90)))
    assert match_colour(grey, [to_network(picture(2, 32, 32))]).isfinite().all()


def test_match_colour_by_the_pixels_that_count():
    """The left half counts: it, not the whole, gets the wanted mean."""
    image, like = to_network(picture(1)), to_network(picture(2))
    weight = torch.zeros(image.shape[1:])
    weight[:, :32] = 1
    moved = match_colour(image, [like], weight)
    half, wanted = moved[:, :, :32].flatten(1).mean(1), like.flatten(1).mean(1)
    torch.testing.assert_close(half, wanted, rtol=0, atol=0.05)
    assert (moved.flatten(1).mean(1) - wanted).abs().max() > 1


def test_colour_distance_by_hand():
    """Two plain colours have no spread: their distance is that of their means."""
    one, other = torch.zeros(3, 8, 8), torch.zeros(3, 8, 8)
    other[0], other[1] = 3.0, 4.0
    assert colour_distance([one], [other]) == pytest.approx(5.0, abs=1e-6)
    assert colour_distance([one], [one]) == pytest.approx(0, abs=1e-6)


def test_colour_distance_of_spreads_by_hand():
    """Equal means, variances 4 and 9 (and the ridge of 1 both have): |sqrt 5 - sqrt 10|."""
    one, other = torch.zeros(3, 2, 2), torch.zeros(3, 2, 2)
    one[0] = torch.tensor([[2.0, -2.0], [2.0, -2.0]])
    other[0] = torch.tensor([[3.0, -3.0], [3.0, -3.0]])
    assert colour_distance([one], [other]) == pytest.approx(math.sqrt(10) - math.sqrt(5), abs=1e-6)


def test_luminance_is_grey_and_keeps_grey():
    grey = torch.full((3, 4, 4), 77.0)
    torch.testing.assert_close(luminance(grey), grey)
    blue = torch.zeros(3, 4, 4)
    blue[0] = 100.0  # BGR
    torch.testing.assert_close(luminance(blue), torch.full((3, 4, 4), 11.4))


def test_with_luminance_takes_the_one_and_keeps_the_other():
    image, like = torch.rand(3, 5, 5) * 255, torch.rand(3, 5, 5) * 255
    mixed = with_luminance(image, like)
    torch.testing.assert_close(luminance(mixed), luminance(like), rtol=0, atol=1e-3)
    torch.testing.assert_close(
        mixed - luminance(mixed), image - luminance(image), rtol=0, atol=1e-3
    )
