import pytest
import torch

from generation.nst.compatibility import measure
from generation.nst.gram import gram_matrix
from generation.nst.images import to_network
from generation.nst.objective import Targets
from generation.nst.recipe import Recipe
from generation.nst.vgg import load_vgg19
from tests.generation.nst.conftest import picture

RECIPE = Recipe(content_layers=(("relu2_1", 1.0),), style_layers=(("relu1_1", 1.0),))


def targets_of(content, style):
    network = load_vgg19()
    style_features = network(style[None], ["relu1_1"])["relu1_1"]
    return Targets(network(content[None], ["relu2_1"]), {"relu1_1": gram_matrix(style_features)})


@pytest.fixture(scope="module")
def found():
    photograph, style = to_network(picture(1)), to_network(picture(2))
    targets = targets_of(photograph, style)

    def compare(finished):
        return measure(
            load_vgg19(), finished=finished, photograph=photograph, members=[style],
            targets=targets, recipe=RECIPE,
        )  # fmt: skip

    return compare(photograph), compare(style)


def test_the_untouched_photograph_keeps_its_content_and_none_of_the_style(found):
    untouched, _ = found
    assert untouched.content_change == 0
    assert untouched.style_remainder == pytest.approx(untouched.style_distance)
    assert untouched.style_distance > 0.05


def test_the_style_itself_has_all_of_the_style(found):
    _, style = found
    assert style.style_remainder == pytest.approx(0, abs=1e-5)
    assert style.content_change > 0.1
    assert style.colour_distance == found[0].colour_distance  # of the photograph, not the result


def test_by_hand_on_doubled_activations():
    """Gram matrices of twice the activations are four times as large: |4 G - G| / |G| is 3."""

    class Doubler(torch.nn.Module):
        def forward(self, x, layers):
            return dict.fromkeys(layers, x * 2)

    photograph = to_network(picture(1))
    targets = Targets({}, {"relu1_1": gram_matrix(photograph[None])})
    recipe = Recipe(content_layers=(), style_layers=(("relu1_1", 1.0),))
    result = measure(
        Doubler(), finished=photograph, photograph=photograph, members=[photograph],
        targets=targets, recipe=recipe,
    )  # fmt: skip
    assert result.style_distance == pytest.approx(3, rel=1e-4)
    assert result.content_change is None
