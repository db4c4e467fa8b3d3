import pytest
from PIL import Image

from generation.nst.images import from_network, to_network


def test_to_the_network_and_back(photograph):
    assert from_network(to_network(photograph)).tobytes() == photograph.tobytes()
    assert to_network(Image.new("RGB", (32, 32), (10, 20, 30)))[:, 0, 0].tolist() == pytest.approx(
        [30 - 103.939, 20 - 116.779, 10 - 123.68], abs=1e-4
    )
