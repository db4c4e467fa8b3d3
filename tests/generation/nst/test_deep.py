import pytest
import torch
from PIL import Image

from generation.nst.deep import crop, deep_descriptor
from generation.nst.images import to_network
from generation.nst.vgg import load_vgg19
from tests.generation.nst.conftest import picture
from tests.generation.nst.state_dicts import place_in_hub


@pytest.fixture(scope="module")
def torchvision(tmp_path_factory):
    home = tmp_path_factory.mktemp("hub")
    place_in_hub(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(home))
        yield load_vgg19("vgg19-torchvision")


def test_pooled_conv5_where_there_is_no_fc6(photograph):
    network = load_vgg19()
    name, function = deep_descriptor(network)
    pool5 = network(to_network(photograph)[None], ["pool5"])["pool5"]
    (found,) = function([photograph], pool5)
    assert name == "pool5-mean"
    mean = pool5[0].flatten(1).sum(1) / (2 * 2)
    torch.testing.assert_close(found, mean / mean.norm())


@pytest.mark.slow
def test_fc6_where_there_is_one(torchvision, photograph, texture):
    name, function = deep_descriptor(torchvision)
    images = [photograph, texture]
    found = function(images, torch.empty(2, 512, 1, 1))
    assert name == "fc6 at 224px"
    assert found.shape == (2, 4096)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))
    alone = torchvision.fc6(to_network(crop(texture))[None])[0]
    torch.testing.assert_close(found[1], alone / alone.norm(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [(300, 215), (90, 400), (224, 224), (256, 257), (33, 32)])
def test_the_crop_is_torchvisions(size):
    from torchvision.models import VGG19_Weights

    image = picture(4, *size)
    transforms = VGG19_Weights.IMAGENET1K_V1.transforms()
    seen = transforms(image) * torch.tensor(transforms.std).view(3, 1, 1)
    seen = (seen + torch.tensor(transforms.mean).view(3, 1, 1)) * 255
    found = crop(image)
    assert found.size == (224, 224)
    ours = (to_network(found).flip(0) - seen) + to_network(Image.new("RGB", (1, 1))).flip(0) * -1
    assert ours.abs().max() < 0.01


def test_grey_and_transparent_images_have_a_crop():
    for mode in ("L", "RGBA", "P"):
        assert crop(picture(1).convert(mode)).mode == "RGB"
