import numpy as np
import pytest

from generation.nst import descriptors
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


def test_the_features_do_not_depend_on_the_batch(photograph, texture):
    images = [picture(4, 96, 64), photograph, picture(5, 96, 64), texture, picture(6, 48, 32)]
    together = describe(images, device="cpu")
    for image, found in zip(images, together, strict=True):
        (alone,) = describe([image], device="cpu")
        np.testing.assert_allclose(found.deep, alone.deep, atol=1e-5)
        # The signed root makes rounding errors of elements near 0 larger.
        np.testing.assert_allclose(found.style, alone.style, atol=1e-4)
        assert found.style @ alone.style == pytest.approx(1, abs=1e-5)
    assert describe([], device="cpu") == []


def test_images_of_one_size_go_through_the_network_together(monkeypatch, photograph):
    seen = []
    features = descriptors._features
    monkeypatch.setattr(
        descriptors,
        "_features",
        lambda network, x, images: seen.append(x.shape) or features(network, x, images),
    )
    images = [photograph, picture(4, 96, 64), photograph, photograph]
    describe(images, device="cpu", batch_size=2)
    assert seen == [(2, 3, 160, 160), (1, 3, 160, 160), (1, 3, 107, 160)]
    with pytest.raises(ValueError, match="batch_size: expected at least 1, got 0"):
        describe(images, batch_size=0)
