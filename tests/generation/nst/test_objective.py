import pytest
import torch

from generation.nst.gram import gram_matrix
from generation.nst.objective import Targets, guide, objective, total_variation
from generation.nst.recipe import Recipe
from generation.nst.vgg import load_vgg19

LAYERS = {
    "content_layers": (("relu1_1", 3.0),),
    "style_layers": (("relu1_1", 10.0), ("relu2_1", 5.0)),
}


@pytest.fixture(scope="module")
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(5)) * 50


def targets_of(x):
    features = load_vgg19()(x, ["relu1_1", "relu2_1"])
    return Targets(
        {"relu1_1": features["relu1_1"]}, {k: gram_matrix(f) for k, f in features.items()}
    )


def test_absolute_losses_by_hand(images):
    recipe = Recipe(losses="absolute", **LAYERS)
    targets = targets_of(images[1:])
    loss, _ = objective(load_vgg19(), images[:2], targets, recipe)
    came = targets_of(images[:2])
    for i in range(2):
        content = (came.content["relu1_1"][i] - targets.content["relu1_1"][i]).square().mean()
        one = (came.style["relu1_1"][i] - targets.style["relu1_1"][i]).square().mean()
        two = (came.style["relu2_1"][i] - targets.style["relu2_1"][i]).square().mean()
        expected = 3 * content + 10 / 64**2 * one + 5 / 128**2 * two
        assert loss[i].item() == pytest.approx(expected.item(), rel=1e-4)


def test_relative_losses_do_not_depend_on_the_targets_scale(images):
    recipe = Recipe(**LAYERS)
    nothing = targets_of(images[:1])
    far = Targets(
        {"relu1_1": torch.zeros_like(nothing.content["relu1_1"]) + 1e-3},
        {name: 1e6 * gram for name, gram in nothing.style.items()},
    )
    loss, _ = objective(load_vgg19(), images[:1], Targets(nothing.content, far.style), recipe)
    assert loss.item() == pytest.approx(1e5 * (10 + 5), rel=1e-3)  # |0 - A|^2 / |A|^2 is 1


def test_nothing_is_left_to_do_at_the_target(images):
    loss, gradient = objective(load_vgg19(), images, targets_of(images), Recipe(**LAYERS))
    assert loss.abs().max() < 1e-3
    assert gradient.abs().max() < 1e-3


@pytest.mark.parametrize("losses", ["absolute", "relative"])
def test_gradient_by_finite_differences(images, losses):
    network = load_vgg19(dtype=torch.float64)
    recipe = Recipe(losses=losses, **LAYERS)
    targets = targets_of(images[1:2])
    x = images[:1].double()
    direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).double()
    _, gradient = objective(network, x, targets, recipe)
    step = 1e-4
    up, _ = objective(network, x + step * direction, targets, recipe)
    down, _ = objective(network, x - step * direction, targets, recipe)
    slope = (up - down).item() / (2 * step)
    assert (gradient * direction).sum().item() == pytest.approx(slope, rel=2e-3)


def test_an_image_does_not_feel_its_neighbours(images):
    recipe, targets = Recipe(**LAYERS), targets_of(images.roll(1, 0))
    loss, gradient = objective(load_vgg19(), images, targets, recipe)
    alone = Targets(
        {k: v[1:2] for k, v in targets.content.items()},
        {k: v[1:2] for k, v in targets.style.items()},
    )
    one_loss, one_gradient = objective(load_vgg19(), images[1:2], alone, recipe)
    torch.testing.assert_close(loss[1:2], one_loss, rtol=1e-4, atol=0)
    assert (gradient[1:2] - one_gradient).norm() < 1e-3 * one_gradient.norm()


@pytest.mark.parametrize("losses", ["absolute", "relative"])
def test_gradient_of_a_guided_style_by_finite_differences(images, losses):
    network = load_vgg19(dtype=torch.float64)
    mask = torch.zeros(32, 32)
    mask[4:25, 6:30] = 1
    recipe = Recipe(losses=losses, total_variation=0.5, **LAYERS)
    x, others = images[:1].double(), images[1:2].double()
    features = network(others, ["relu1_1", "relu2_1"])
    guides = {"relu1_1": guide(mask, (32, 32)), "relu2_1": guide(mask, (16, 16))}
    targets = Targets(
        {"relu1_1": features["relu1_1"]},
        {name: gram_matrix(f) for name, f in features.items()},
        {name: g[None].double() for name, g in guides.items()},
    )
    _, gradient = objective(network, x, targets, recipe)
    step = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    h = 1e-6
    ahead, _ = objective(network, x + h * step, targets, recipe)
    behind, _ = objective(network, x - h * step, targets, recipe)
    slope = ((ahead - behind) / (2 * h)).item()
    assert slope == pytest.approx((gradient * step).sum().item(), rel=1e-5)


def test_total_variation_by_hand():
    """Differences 1 and 2 across, 3 twice down: (1 + 4) / 2 ... per pair of neighbours."""
    x = torch.tensor([[[[0.0, 1.0], [3.0, 5.0]]]])
    value, gradient = total_variation(x)
    assert value.item() == (1 + 4) / 2 + (9 + 16) / 2
    assert gradient.flatten().tolist() == [-1 - 3, 1 - 4, -2 + 3, 2 + 4]


def test_a_guide_counts_what_lies_inside():
    mask = torch.zeros(8, 8)
    mask[:4] = 1
    chosen = guide(mask, (4, 4))
    assert (chosen[:2] == chosen[0, 0]).all()
    assert (chosen[2:] == 0).all()
    assert chosen.square().mean().item() == pytest.approx(1)


def test_a_guide_of_an_object_smaller_than_any_place_takes_what_there_is():
    mask = torch.zeros(8, 8)
    mask[3, 3] = 1
    chosen = guide(mask, (2, 2))
    assert chosen.flatten().tolist() == pytest.approx([2, 0, 0, 0])


def test_with_everything_marked_the_guided_error_is_the_plain_one(images):
    recipe = Recipe(**LAYERS)
    plain = targets_of(images[1:2])
    ones = {name: guide(torch.ones(32, 32), s)[None] for name, s in
            {"relu1_1": (32, 32), "relu2_1": (16, 16)}.items()}  # fmt: skip
    guided = Targets(plain.content, plain.style, ones)
    first, second = (objective(load_vgg19(), images[:1], t, recipe) for t in (plain, guided))
    torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-2)
