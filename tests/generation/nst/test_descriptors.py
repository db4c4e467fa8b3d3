import numpy as np
import pytest

from generation.nst.descriptors import describe
from tests.generation.nst.conftest import picture


def test_both_descriptors_have_length_one_and_their_sizes(photograph):
    (features,) = describe([photograph], device="cpu")
    assert features.deep.shape == (512,)
    # 64, 128, 256, 512, 512 maps: sum of N (N + 1) / 2
    assert features.style.shape == (2_080 + 8_256 + 32_896 + 131_328 + 131_328,)
    assert np.linalg.norm(features.deep) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(features.style) == pytest.approx(1, abs=1e-5)
    assert features.style.min() < 0  # before the rectifier: signed roots have signs


def test_alike_images_are_nearer(photograph, texture):
    turned = texture.transpose(0)  # left and right swapped: nearly the same texture
    one, two, other = describe([texture, turned, picture(3)], device="cpu")
    assert one.style @ two.style > one.style @ other.style + 0.1
