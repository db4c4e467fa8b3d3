from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from generation.nst.errors import MaskError, NstError
from generation.nst.foreground import check_mask, fell_back, propose_mask


def scene(
    x: int, y: int, radius: int, *, size: tuple[int, int] = (320, 240), seed: int = 0
) -> tuple[Image.Image, np.ndarray]:
    """A disc of coloured blocks on a flat ground with a little noise, and where the disc is."""
    generator = np.random.default_rng(seed)
    width, height = size
    pixels = np.full((height, width, 3), (120.0, 140.0, 160.0))
    pixels += generator.normal(0, 4, pixels.shape)
    blocks = generator.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    rows, columns = np.mgrid[:height, :width]
    disc = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    pixels[disc] = blocks.repeat(8, 0).repeat(8, 1)[:height, :width][disc]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), disc


def overlap(mask: Image.Image, truth: np.ndarray) -> float:
    """Intersection over union."""
    found = np.asarray(mask) == 255
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize(
    ("x", "y", "radius", "size"),
    [
        (160, 120, 70, (320, 240)),
        (90, 85, 55, (320, 240)),
        (250, 170, 60, (320, 240)),
        (80, 180, 30, (320, 240)),
        (160, 240, 90, (320, 240)),  # half below the lower border
        (420, 300, 200, (900, 640)),  # works at a smaller size than the photograph's
        (80, 100, 50, (160, 200)),  # smaller than what it works at
    ],
)
def test_a_disc_is_found_wherever_it_is(x, y, radius, size):
    image, truth = scene(x, y, radius, size=size)
    mask = propose_mask(image)
    assert (mask.mode, mask.size) == ("L", image.size)
    assert set(np.unique(np.asarray(mask))) == {0, 255}
    assert not fell_back(mask)
    assert overlap(mask, truth) >= 0.9


def test_two_things_of_a_size_are_both_kept_and_crumbs_are_not():
    image, left = scene(80, 120, 45)
    other, right = scene(240, 120, 45, seed=1)
    crumb, tiny = scene(160, 40, 8, seed=2)
    pixels = np.array(image)
    pixels[right], pixels[tiny] = np.asarray(other)[right], np.asarray(crumb)[tiny]
    mask = propose_mask(Image.fromarray(pixels))
    assert overlap(mask, left | right) >= 0.9
    assert not np.asarray(mask)[tiny].any()


def test_a_small_hole_is_filled_and_a_large_one_is_none_of_the_object():
    image, disc = scene(160, 120, 80)
    ground = np.asarray(scene(0, 0, 0)[0])
    rows, columns = np.mgrid[:240, :320]
    away = np.hypot(columns - 160, rows - 120)
    for radius, filled in ((10, True), (48, False)):
        pixels = np.array(image)
        pixels[away < radius] = ground[away < radius]
        mask = propose_mask(Image.fromarray(pixels))
        assert overlap(mask, disc & (filled | (away >= radius))) >= 0.9


@pytest.mark.parametrize("colour", ["white", "black", (120, 140, 160)])
def test_where_nothing_stands_out_the_mask_is_an_ellipse_and_says_so(colour):
    mask = propose_mask(Image.new("RGB", (200, 100), colour))
    assert fell_back(mask)
    pixels = np.asarray(mask) == 255
    assert pixels[50, 100]
    assert not pixels[[0, -1]].any()
    assert not pixels[:, [0, -1]].any()
    assert pixels.mean() == pytest.approx(np.pi / 4 * 0.75**2, abs=0.01)


@pytest.mark.parametrize("size", [(32, 32), (32, 128), (128, 32), (333, 127)])
def test_noise_of_any_shape_gives_a_mask_that_can_be_used(size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    mask = propose_mask(Image.fromarray(pixels))
    assert check_mask(mask, size).tobytes() == mask.tobytes()


def test_equal_photographs_get_equal_masks_whatever_ran_before():
    import cv2

    image, _ = scene(90, 85, 55)
    first = propose_mask(image)
    cv2.setRNGSeed(1234)
    propose_mask(scene(160, 120, 70, seed=7)[0])
    assert propose_mask(image.copy()).tobytes() == first.tobytes()


def half(width: int, height: int, mode: str = "L") -> Image.Image:
    """White on the left, black on the right."""
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, width // 2, height))
    return mask.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P"])
def test_a_mask_of_any_mode_becomes_grey_at_the_size_of_its_photograph(mode):
    checked = check_mask(half(400, 300, mode), (400, 300))
    assert (checked.mode, checked.tobytes()) == ("L", half(400, 300).tobytes())
    small = check_mask(half(80, 60, mode), (400, 300))
    assert small.size == (400, 300)
    pixels = np.asarray(small)
    assert (pixels[:, :190] == 255).all()
    assert (pixels[:, 210:] == 0).all()


def test_soft_edges_stay_soft_and_metadata_goes():
    ramp = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (64, 1)))
    ramp.info["comment"] = "by Taro"
    checked = check_mask(ramp, (256, 64))
    assert checked.tobytes() == ramp.tobytes()
    assert not checked.info


def test_what_is_transparent_is_background():
    mask = Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 20, 30))
    assert check_mask(mask, (40, 30)).tobytes() == half(40, 30).tobytes()


@pytest.mark.parametrize("size", [(400, 300), (200, 150), (133, 100), (1600, 1201), (41, 31)])
def test_sizes_that_differ_by_rounding_are_of_one_shape(size):
    assert check_mask(half(*size), (400, 300)).size == (400, 300)


@pytest.mark.parametrize("size", [(300, 400), (400, 302), (403, 300), (1600, 1210), (400, 100)])
def test_another_shape_is_refused(size):
    with pytest.raises(MaskError, match=f"as 400 x 300 px, got {size[0]} x {size[1]} px"):
        check_mask(half(*size), (400, 300))


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (0, "expected white where the object is, got greys of 0 to 0 of 255"),
        (1, "got greys of 1 to 1 of 255"),  # a mask of labels 0 and 1, not of greys
        (127, "expected white where the object is"),
        (128, "expected black around the object, got greys of 128 to 128 of 255"),
        (255, "expected black around the object"),
    ],
)
def test_a_mask_without_object_or_background_is_refused(level, message):
    with pytest.raises(MaskError, match=message) as caught:
        check_mask(Image.new("L", (40, 30), level), (40, 30))
    assert isinstance(caught.value, NstError)
    assert isinstance(caught.value, ValueError)
