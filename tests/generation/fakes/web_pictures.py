"""The files of the fake web: good ones, and what one finds instead."""

from __future__ import annotations

import gzip
import random

from PIL import ExifTags, Image, ImageCms

from tests.generation.pictures import blank_png, encoded, noise

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
HTML = b"<!doctype html><title>Log in</title><p>Log in to see the picture."


def _photograph() -> bytes:
    """About 200 KB of JPEG."""
    pixels = random.Random(1).randbytes(600 * 400 * 3)
    return encoded(Image.frombytes("RGB", (600, 400), pixels), "JPEG", quality=88)


def _turned() -> bytes:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    return encoded(noise(1, 48, 40), "JPEG", exif=tags)


def _moving() -> bytes:
    first, *others = [Image.new("RGB", (40, 40), colour) for colour in ("red", "lime", "blue")]
    return encoded(first, "GIF", save_all=True, append_images=others)


def _printed() -> bytes:
    picture = Image.new("CMYK", (40, 40), (0, 255, 255, 0))
    picture.paste((255, 0, 0, 0), (0, 0, 8, 8))
    return encoded(picture, "JPEG", icc_profile=SRGB)


def _palette() -> bytes:
    picture = Image.new("P", (40, 40), 0)
    picture.putpalette([200, 0, 0, 0, 0, 200])
    picture.paste(1, (20, 0, 40, 40))
    return encoded(picture, "PNG", transparency=0)


PHOTOGRAPH = _photograph()
FILES: dict[str, tuple[str, bytes]] = {
    "/good.jpg": ("image/jpeg", PHOTOGRAPH),
    "/html.jpg": ("image/jpeg", HTML),
    "/truncated.jpg": ("image/jpeg", PHOTOGRAPH[: len(PHOTOGRAPH) // 2]),
    "/huge.png": ("image/png", blank_png(30_000, 30_000)),
    "/moving.gif": ("image/gif", _moving()),
    "/printed.jpg": ("image/jpeg", _printed()),
    "/palette.png": ("image/png", _palette()),
    "/turned.jpg": ("image/jpeg", _turned()),
    "/drawing.svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "/empty.jpg": ("image/jpeg", b""),
    # A good picture with a name and a type that say otherwise.
    "/page.html": ("text/html", PHOTOGRAPH),
    **{f"/copy/{number}.jpg": ("image/jpeg", PHOTOGRAPH) for number in range(10)},
}
BOMB = gzip.compress(bytes(50_000_000))
