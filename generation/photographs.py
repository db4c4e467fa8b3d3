"""Bytes that somebody calls a photograph -> an upright sRGB image, or a clear refusal."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

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


def _(text: str) -> str:
    """Marks a message for the catalogues; whoever shows it translates it."""
    return text


class PhotographError(ValueError):
    """Bytes that are no usable photograph, with what was expected and what came.

    The message is `template` with its `facts`, and then the `detail` that a library told: whoever
    shows it to people translates the template and leaves the detail out.
    """

    def __init__(self, template: str, *, detail: object = "", **facts: object) -> None:
        message = template % facts
        super().__init__(f"{message}: {detail}" if detail else message)
        self.template, self.facts = template, facts


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of an upright photograph: its upper left corner and its side, in px."""

    x: int
    y: int
    side: int


def centred(size: tuple[int, int]) -> Crop:
    """The largest square in the middle of a photograph of this width and height."""
    side = min(size)
    return Crop((size[0] - side) // 2, (size[1] - side) // 2, side)


def cut(image: Image.Image, crop: Crop) -> Image.Image:
    """The square of a photograph; PhotographError where it reaches over an edge or is too small."""
    inside = 0 <= crop.x <= image.width - crop.side and 0 <= crop.y <= image.height - crop.side
    if crop.side < MIN_SIDE or not inside:
        raise PhotographError(
            _(
                "expected a square of at least %(least)s px inside %(width)s x %(height)s px, "
                "got one of %(side)s px at %(x)s, %(y)s"
            ),
            least=MIN_SIDE, width=image.width, height=image.height,
            side=crop.side, x=crop.x, y=crop.y,
        )  # fmt: skip
    return image.crop((crop.x, crop.y, crop.x + crop.side, crop.y + crop.side))


def read_crop(text: str, size: tuple[int, int]) -> Crop | None:
    """The square that somebody chose in a photograph of this width and height; None for none.

    `text` is "square" or nothing for the largest one in the middle, "whole", or five numbers of
    px: the upper left corner and the side of a square, and the width and height of the photograph
    as it was seen. Raises PhotographError for another text, and where another size was seen, as
    by a browser that turned the photograph otherwise.
    """
    if text == "whole":
        return None
    if text in ("", "square"):
        return centred(size)
    numbers = [int(each) for each in text.split(",") if re.fullmatch(r"\d{1,9}", each, re.ASCII)]
    if len(numbers) != 5 or text.count(",") != 4:
        told = _("expected square, whole or five numbers in place of a square, got %(text)s")
        raise PhotographError(told, text=text)
    x, y, side, *seen = numbers
    if tuple(seen) != size:
        raise PhotographError(
            _(
                "expected a square chosen in the picture of %(width)s x %(height)s px, got one "
                "chosen in %(wide)s x %(high)s px: take the square in the middle"
            ),
            width=size[0], height=size[1], wide=seen[0], high=seen[1],
        )  # fmt: skip
    return Crop(x, y, side)


def decode(data: bytes, *, ground: str = "white") -> Image.Image:
    """The first frame of an encoded image: EXIF turned, in sRGB, alpha on `ground`, RGB, bare.

    Raises PhotographError for anything that is not an image of one of FORMATS, is damaged or
    cut short, has more than 20 megapixels, a side below 32 px, or one side more than 4 times the
    other. The size is read from the header before a pixel is decoded, so that a decompression
    bomb costs nothing.
    """
    if not data:
        raise PhotographError(_("expected an image, got an empty file"))
    try:
        with warnings.catch_warnings():
            # Remarks on odd metadata concern nobody, and the size is checked here.
            warnings.simplefilter("ignore")
            return _decode(data, ground)
    except PhotographError:
        raise
    except UnidentifiedImageError as error:
        raise PhotographError(_no_image(data), formats=", ".join(FORMATS)) from error
    except Image.DecompressionBombError as error:
        raise PhotographError(_("expected at most 20 megapixels, got many more")) from error
    # Decoders raise what they like on damaged data; to the reader all of it means the same.
    except Exception as error:
        told = _("expected a whole image, got a damaged one")
        raise PhotographError(told, detail=error) from error


def moves(data: bytes) -> bool:
    """Whether the file of a decoded photograph has more frames than the one that was taken."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return getattr(image, "n_frames", 1) > 1


def plain_format(data: bytes) -> str | None:
    """The format of a file that may be stored as it came, of those that `decode` takes.

    It has no other pixels than decode() gives and no metadata: a JPEG, PNG or WebP in 8 bits a
    channel, RGB or grey, of one frame, without profile, orientation, transparency, EXIF, XMP,
    comments, or bytes behind its end. None for any other file. Only the header is read.
    """
    kind = next((kind for kind, is_bare in _BARE.items() if is_bare(data)), None)
    if kind is None:
        return None
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        return kind if image.mode in ("RGB", "L") else None


def _is_bare_jpeg(data: bytes) -> bool:
    head = _JPEG_HEAD.match(data)
    if head is None:
        return False
    # Neither byte pair can stand in a scan's data. In a table they can, and then it is not known.
    segments, end = _JPEG_METADATA.search(data, head.end()), data.find(b"\xff\xd9", head.end())
    return segments is None and end == len(data) - 2


def _is_bare_png(data: bytes) -> bool:
    eight_bits = data.startswith(b"\x89PNG\r\n\x1a\n") and data[24:25] == b"\x08"
    if not (eight_bits and data.endswith(b"\x00\x00\x00\x00IEND\xaeB`\x82")):
        return False
    at = 8
    while at < len(data) and data[at + 4 : at + 8] in _PNG_CHUNKS:
        at += 12 + int.from_bytes(data[at : at + 4])
    return at == len(data) - 12


def _is_bare_webp(data: bytes) -> bool:
    size = int.from_bytes(data[16:20], "little")
    simple = data.startswith(b"RIFF") and data[8:16] in (b"WEBPVP8 ", b"WEBPVP8L")
    return simple and len(data) == 20 + size + size % 2


_JPEG_HEAD = re.compile(
    rb"\xff\xd8(?:\xff\xe0\x00\x10JFIF\x00.{9})?(?:\xff\xee\x00\x0eAdobe.{7})?", re.DOTALL
)
_JPEG_METADATA = re.compile(rb"\xff[\xe0-\xef\xfe]")
_PNG_CHUNKS = (b"IHDR", b"IDAT", b"pHYs", b"sRGB")
_BARE = {"JPEG": _is_bare_jpeg, "PNG": _is_bare_png, "WEBP": _is_bare_webp}


def _no_image(data: bytes) -> str:
    """What to say of bytes that are no image, by what they look like."""
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<!doctype html", b"<head", b"<body", b"<script")) or b"<html" in head:
        return _("expected an image (%(formats)s), got an HTML page")
    if b"<svg" in head:
        return _("expected an image (%(formats)s), got an SVG drawing")
    return _("expected an image (%(formats)s), got none")


def _decode(data: bytes, ground: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check_size(*image.size)
        image.load()
        return _flatten(_to_srgb(_upright(image)), ground)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotographError(
            _(
                "expected at most 20 megapixels, got %(width)s x %(height)s "
                "(%(megapixels)s megapixels)"
            ),
            width=width, height=height, megapixels=f"{width * height / 1e6:.1f}",
        )  # fmt: skip
    if min(width, height) < MIN_SIDE:
        told = _("expected sides of at least %(least)s px, got %(width)s x %(height)s")
        raise PhotographError(told, least=MIN_SIDE, width=width, height=height)
    if max(width, height) > MAX_RATIO * min(width, height):
        told = _("expected a side at most %(most)s times the other, got %(width)s x %(height)s")
        raise PhotographError(told, most=MAX_RATIO, width=width, height=height)


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
    # Without a colour: the pixels are all written next.
    plain = Image.new("RGB", image.size, None)
    plain.paste(image if image.mode == "RGB" else image.convert("RGB"))
    return plain


def _scaled(image: Image.Image, low: float, high: float) -> Image.Image:
    """Grey of any depth -> 8 bits, `low` black and `high` white."""
    spread = (high - low) or 1.0
    bare = Image.new("F", image.size)
    bare.paste(image.convert("F"))
    gain = 255 / spread
    return bare.point(lambda value: value * gain + (0.5 - low * gain)).convert("L")
