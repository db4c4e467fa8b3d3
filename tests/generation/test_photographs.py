from __future__ import annotations

import contextlib
import io
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from generation.photographs import (
    Crop,
    PhotographError,
    centred,
    cut,
    decode,
    moves,
    plain_format,
    read_crop,
)
from tests.generation.pictures import blank_png, encoded, noise

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.ImageDescription] = "a secret"
    return tags


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    right, bottom = image.width - 1, image.height - 1
    return [image.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_exif_turned_photograph_is_upright(orientation):
    upright = noise(1, 48, 40)
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    decoded = decode(encoded(stored, "PNG", exif=exif(orientation)))
    assert decoded.tobytes() == upright.tobytes()


def test_a_phone_s_jpeg_is_upright_also_beside_damaged_tags():
    whole = exif(6).tobytes()
    worded_width = whole.replace(b"\x01\x0e\x00\x02", b"\x01\x00\x00\x02")
    assert worded_width != whole
    for tags in (whole, worded_width):
        assert decode(encoded(noise(1, 48, 40), "JPEG", exif=tags)).size == (40, 48)


def test_cmyk_with_and_without_a_profile():
    red = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    for options in ({}, {"icc_profile": SRGB}, {"icc_profile": b"no profile"}):
        r, g, b = decode(encoded(red, "JPEG", **options)).getpixel((20, 20))
        assert r > 200
        assert max(g, b) < 60


def test_colours_are_converted_from_the_profile_to_srgb():
    swapped = bytearray(SRGB)  # red's and blue's primaries exchanged: a profile that does something
    tags = {SRGB[at : at + 4]: at for at in range(132, 132 + 12 * SRGB[131], 12)}
    for one, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        swapped[tags[one] + 4 : tags[one] + 12] = SRGB[tags[other] + 4 : tags[other] + 12]
    red = Image.new("RGB", (40, 40), (255, 0, 0))
    r, _, b = decode(encoded(red, "PNG", icc_profile=bytes(swapped))).getpixel((0, 0))
    assert b > 200
    assert r < 60
    alpha = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert decode(encoded(alpha, "PNG", icc_profile=bytes(swapped))).getpixel((0, 0)) == (255,) * 3


def test_transparency_becomes_white():
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([200, 0, 0, 0, 0, 200])
    palette.paste(1, (20, 0, 40, 40))
    left, right, *_ = corners(decode(encoded(palette, "PNG", transparency=0)))
    assert left == (255, 255, 255)
    assert right == (0, 0, 200)
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 128))
    assert decode(encoded(half)).getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_range(kind):
    grey = np.full((40, 40), 257 * 100, dtype=np.uint16)
    grey[0, 0], grey[0, -1] = 0, 65_535
    decoded = decode(encoded(Image.fromarray(grey), kind))
    assert corners(decoded)[:3] == [(0, 0, 0), (255, 255, 255), (100, 100, 100)]


def test_grey_of_no_agreed_range_is_stretched():
    grey = np.linspace(-1, 3, 1600, dtype=np.float32).reshape(40, 40)
    decoded = decode(encoded(Image.fromarray(grey), "TIFF"))
    assert decoded.getpixel((0, 0)) == (0, 0, 0)
    assert decoded.getpixel((39, 39)) == (255, 255, 255)
    constant = Image.fromarray(np.zeros((40, 40), dtype=np.int32))
    assert decode(encoded(constant, "TIFF")).getpixel((0, 0)) == (0, 0, 0)


def test_of_a_moving_picture_the_first_frame():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF", "MPO"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        r, g, b = decode(data).getpixel((0, 0))
        assert r > 250, kind
        assert max(g, b) < 5, kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_result_is_bare_rgb(kind):
    data = encoded(noise(1), kind, exif=exif(1), icc_profile=SRGB)
    assert b"a secret" in data
    decoded = decode(data)
    assert type(decoded) is Image.Image
    assert decoded.mode == "RGB"
    assert decoded.info == {}
    assert dict(decoded.getexif()) == {}


PLAIN = {
    "jpeg": encoded(noise(1), "JPEG"),
    "progressive jpeg with a density": encoded(noise(1), "JPEG", progressive=True, dpi=(72, 72)),
    "grey jpeg": encoded(noise(1).convert("L"), "JPEG"),
    "png": encoded(noise(1), "PNG", dpi=(72, 72)),
    "grey png": encoded(noise(1).convert("L"), "PNG"),
    "webp": encoded(noise(1), "WEBP"),
    "lossless webp": encoded(noise(1), "WEBP", lossless=True),
}


def is_plain(data: bytes) -> bool:
    """Whether it is taken, and may be stored as it came."""
    try:
        decode(data)
    except PhotographError:
        return False
    return plain_format(data) is not None


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_file_holds_the_pixels_that_decode_gives(name):
    stored = Image.open(io.BytesIO(PLAIN[name]))
    assert plain_format(PLAIN[name]) == stored.format
    assert stored.convert("RGB").tobytes() == decode(PLAIN[name]).tobytes()


@pytest.mark.parametrize("name", PLAIN)
def test_a_file_with_bytes_behind_its_end_or_cut_short_is_not_plain(name):
    assert not is_plain(PLAIN[name] + b"\x00\x00where it was taken")
    assert not is_plain(PLAIN[name] + PLAIN[name])
    assert not is_plain(PLAIN[name][:-20])


def text() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody")
    return notes


FRAMES = {"save_all": True, "append_images": [noise(2)]}


@pytest.mark.parametrize(
    ("image", "kind", "options"),
    [
        *((noise(1), kind, {"exif": exif(6)}) for kind in ("JPEG", "PNG", "WEBP")),
        *((noise(1), kind, {"icc_profile": SRGB}) for kind in ("JPEG", "PNG", "WEBP")),
        *((noise(1), kind, {"xmp": b"<x:xmpmeta/>"}) for kind in ("JPEG", "WEBP")),
        *((noise(1), kind, FRAMES) for kind in ("PNG", "WEBP", "MPO")),
        (noise(1).convert("RGBA"), "PNG", {}),
        (Image.new("RGBA", (40, 40), (9, 9, 9, 9)), "WEBP", {"lossless": True}),
        (noise(1), "JPEG", {"comment": b"taken at home"}),
        (noise(1).convert("CMYK"), "JPEG", {}),
        (noise(1), "PNG", {"pnginfo": text()}),
        (noise(1), "PNG", {"transparency": (0, 0, 0)}),
        (noise(1).quantize(8), "PNG", {}),
        (noise(1).convert("1"), "PNG", {}),
        (Image.new("I;16", (40, 40)), "PNG", {}),
        (noise(1), "BMP", {}),
        (noise(1).quantize(8), "GIF", {}),
        (noise(1, 20, 20), "PNG", {}),
    ],
)
def test_what_decode_changes_or_strips_or_refuses_is_not_plain(image, kind, options):
    assert not is_plain(encoded(image, kind, **options))


def test_no_image_is_not_plain():
    assert not is_plain(b"")
    assert not is_plain(b"<html></html>")
    damaged = bytearray(PLAIN["png"])
    damaged[60] ^= 255
    assert not is_plain(bytes(damaged))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_file_cut_short_is_refused(kind):
    whole = encoded(noise(1, 200, 200), kind)
    with pytest.raises(
        PhotographError, match=r"expected a whole image, got a damaged one: ."
    ) as no:
        decode(whole[: len(whole) // 2])
    assert no.value.template == "expected a whole image, got a damaged one"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "got an empty file"),
        (b"<!doctype html><title>Not found</title>", "expected an image .*, got an HTML page"),
        (b"\xef\xbb\xbf\n<HTML><svg/></HTML>", "got an HTML page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>', "got an SVG drawing"),
        (b'<?xml version="1.0"?><!-- drawn --><svg/>', "got an SVG drawing"),
        (b"\xff\xd8\xff\xe0", "expected"),
        (b"%PDF-1.7", "got none"),
    ],
)
def test_what_is_no_image_is_refused(data, message):
    with pytest.raises(PhotographError, match=message):
        decode(data)


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (10_000, 10_000), (5_001, 4_000)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(width, height):
    data = blank_png(width, height)
    started = time.perf_counter()
    with pytest.raises(PhotographError, match="at most 20 megapixels"):
        decode(data)
    assert time.perf_counter() - started < 0.1


def test_the_limits_themselves_are_allowed():
    assert decode(encoded(noise(1, 32, 128))).size == (32, 128)
    assert decode(encoded(Image.new("1", (5_000, 4_000)))).size == (5_000, 4_000)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((31, 40), "expected sides of at least 32 px, got 31 x 40"),
        ((32, 129), "expected a side at most 4 times the other, got 32 x 129"),
    ],
)
def test_too_small_or_too_narrow_is_refused(size, message):
    with pytest.raises(PhotographError, match=message):
        decode(encoded(noise(1, *size)))


FILES = [
    encoded(noise(1), "JPEG", exif=exif(6), icc_profile=SRGB),
    encoded(noise(1), "PNG", exif=exif(6), icc_profile=SRGB),
    encoded(noise(1), "WEBP", exif=exif(6)),
    encoded(noise(1).quantize(8), "GIF"),
    encoded(noise(1), "BMP"),
    encoded(noise(1), "TIFF", compression="tiff_lzw"),
    encoded(noise(1).convert("CMYK"), "TIFF"),
    encoded(noise(1), "MPO"),
]


def decodes_or_refuses(data: bytes) -> None:
    with contextlib.suppress(PhotographError):
        assert decode(data).mode == "RGB"


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data):
    decodes_or_refuses(data)


@given(st.sampled_from(FILES), st.data())
def test_any_damage_is_decoded_or_refused(whole, data):
    damaged = bytearray(whole[: data.draw(st.integers(1, len(whole)), label="length")])
    spots = st.dictionaries(st.integers(0, len(damaged) - 1), st.integers(0, 255), max_size=8)
    for spot, value in data.draw(spots, label="changed").items():
        damaged[spot] = value
    decodes_or_refuses(bytes(damaged))


@pytest.mark.parametrize(
    ("size", "crop"),
    [((64, 48), Crop(8, 0, 48)), ((48, 65), Crop(0, 8, 48)), ((40, 40), Crop(0, 0, 40))],
)
def test_the_largest_square_is_in_the_middle(size, crop):
    assert centred(size) == read_crop("", size) == read_crop("square", size) == crop


def test_a_chosen_square_is_read_where_the_same_size_was_seen():
    assert read_crop("1,2,40,64,48", (64, 48)) == Crop(1, 2, 40)
    assert read_crop("whole", (64, 48)) is None
    for text in ("1,2,40,48,64", "1,2,40", "1,2,40,64,48,", "１,2,40,64,48", "1,2,4e1,64,48"):
        with pytest.raises(PhotographError, match=r"^expected"):
            read_crop(text, (64, 48))


def test_a_square_has_the_pixels_below_it():
    image = noise(1, 64, 48)
    assert cut(image, Crop(16, 8, 40)).tobytes() == image.crop((16, 8, 56, 48)).tobytes()
    for crop in (Crop(25, 8, 40), Crop(0, 9, 40), Crop(0, 0, 31), Crop(-1, 0, 40), Crop(0, 0, 49)):
        with pytest.raises(PhotographError, match="expected a square of at least 32 px inside"):
            cut(image, crop)


def test_a_file_of_several_frames_moves():
    frames = [noise(1), noise(2)]
    assert moves(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert not moves(encoded(frames[0]))


def test_an_error_s_message_is_its_template_with_its_facts():
    with pytest.raises(PhotographError) as caught:
        decode(encoded(noise(1, 31, 40)))
    error = caught.value
    assert error.template % error.facts == str(error)
    assert error.facts == {"least": 32, "width": 31, "height": 40}
