"""Bytes that somebody calls a photograph -> an upright sRGB image, or a clear refusal."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_PIXELS = 20_000_000
MIN_SIDE = 32
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO")


class PhotographError(ValueError):
    """Bytes that are no usable photograph, with what was expected and what came."""


def decode(data: bytes) -> Image.Image:
    """The first frame of an encoded image: EXIF turned, in sRGB, alpha on white, RGB, bare.

    Raises PhotographError for anything that is not an image of one of FORMATS, is damaged or
    cut short, has more than 20 megapixels or a side below 32 px. The size is read from the
    header before a pixel is decoded, so that a decompression bomb costs nothing.
    """
    if not data:
        raise PhotographError("expected an image, got an empty file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(data)
    except UnidentifiedImageError as error:
        raise PhotographError(f"expected an image ({', '.join(FORMATS)}), got none") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PhotographError("expected at most 20 megapixels, got many more") from error
    except PhotographError:
        raise
    # Decoders raise what they like on damaged data; to the reader all of it means the same.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:
        raise PhotographError(f"expected a whole image, got a damaged one: {error}") from error


def _decode(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise PhotographError(
                f"expected at most 20 megapixels, got {width} x {height} "
                f"({width * height / 1e6:.1f} megapixels)"
            )
        if min(width, height) < MIN_SIDE:
            raise PhotographError(
                f"expected sides of at least {MIN_SIDE} px, got {width} x {height}"
            )
        image.load()
        upright = ImageOps.exif_transpose(image)
        return _flatten(_to_srgb(upright))


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L", "RGBA"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except ImageCms.PyCMSError:  # a profile that does not fit its image is as good as none
        return image
    return image if converted is None else converted


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "I;16", "F"):
        low, high = image.getextrema()
        spread = (high - low) or 1  # type: ignore[operator]
        image = image.convert("F").point(lambda v: (v - low) * 255 / spread).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain
