"""Bytes that somebody calls a photograph -> an upright sRGB image, or a clear refusal."""

from __future__ import annotations

import io
import warnings

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

MAX_PIXELS = 20_000_000
MIN_SIDE = 32
# The network needs 16 px of the shorter side, also at a recipe's first scale of perhaps 64 px.
MAX_RATIO = 4
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotographError(ValueError):
    """Bytes that are no usable photograph, with what was expected and what came."""


def decode(data: bytes, *, ground: str = "white") -> Image.Image:
    """The first frame of an encoded image: EXIF turned, in sRGB, alpha on `ground`, RGB, bare.

    Raises PhotographError for anything that is not an image of one of FORMATS, is damaged or
    cut short, has more than 20 megapixels, a side below 32 px, or one side more than 4 times the
    other. The size is read from the header before a pixel is decoded, so that a decompression
    bomb costs nothing.
    """
    if not data:
        raise PhotographError("expected an image, got an empty file")
    try:
        with warnings.catch_warnings():
            # Remarks on odd metadata concern nobody, and the size is checked here.
            warnings.simplefilter("ignore")
            return _decode(data, ground)
    except PhotographError:
        raise
    except UnidentifiedImageError as error:
        raise PhotographError(f"expected an image ({', '.join(FORMATS)}), got none") from error
    except Image.DecompressionBombError as error:
        raise PhotographError("expected at most 20 megapixels, got many more") from error
    # Decoders raise what they like on damaged data; to the reader all of it means the same.
    except Exception as error:
        raise PhotographError(f"expected a whole image, got a damaged one: {error}") from error


def _decode(data: bytes, ground: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check_size(*image.size)
        image.load()
        return _flatten(_to_srgb(_upright(image)), ground)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotographError(
            f"expected at most 20 megapixels, got {width} x {height} "
            f"({width * height / 1e6:.1f} megapixels)"
        )
    if min(width, height) < MIN_SIDE:
        raise PhotographError(f"expected sides of at least {MIN_SIDE} px, got {width} x {height}")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise PhotographError(
            f"expected a side at most {MAX_RATIO} times the other, got {width} x {height}"
        )


def _upright(image: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose writes the other tags anew, and fails where one of them is damaged.
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L", "RGBA"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    # A profile that is damaged or does not fit its image is as good as none.
    except (OSError, ImageCms.PyCMSError):
        return image
    return image if converted is None else converted


def _flatten(image: Image.Image, ground: str) -> Image.Image:
    """RGB on `ground`, in a new image, which has none of the old one's metadata."""
    if image.mode.startswith("I;16"):
        image = _scaled(image, 0, 65_535)
    elif image.mode in ("I", "F"):  # these have no agreed range
        low, high = image.getextrema()
        image = _scaled(image, float(low), float(high))  # type: ignore[arg-type]
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, ground), layer)
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _scaled(image: Image.Image, low: float, high: float) -> Image.Image:
    """Grey of any depth -> 8 bits, `low` black and `high` white."""
    spread = (high - low) or 1.0
    bare = Image.new("F", image.size)
    bare.paste(image.convert("F"))
    gain = 255 / spread
    return bare.point(lambda value: value * gain + (0.5 - low * gain)).convert("L")
