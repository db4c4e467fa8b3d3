"""Foreground masks: where a photograph's object is, white on black."""

from __future__ import annotations

from PIL import Image, ImageDraw

from generation.nst.errors import MaskError

_ELLIPSE = 0.75  # semi-axes of a stand-in, as a share of the half sides


def _(text: str) -> str:
    """Marks a message for the catalogues; whoever shows it translates it."""
    return text


def propose_mask(image: Image.Image) -> Image.Image:
    """The object of a photograph by `grabcut.cut_out`: "L", its size, 255 or 0.

    Equal images give equal masks. Where no object stands out the mask is an ellipse in the
    middle, and `fell_back` of it is true.
    """
    from generation.nst.grabcut import cut_out  # OpenCV, which most processes do without

    if mask := cut_out(image):
        return mask
    mask = _centre_ellipse(image.size)
    mask.info["fallback"] = True
    return mask


def fell_back(mask: Image.Image) -> bool:
    """Whether a segmenter found no object and gave a stand-in: it left `info["fallback"]` true."""
    return bool(mask.info.get("fallback"))


def check_mask(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`mask` as "L" at `size` (width, height) of its photograph; greys are soft edges.

    What is transparent is background. Raises MaskError where the aspect ratio differs by more
    than a pixel, where no pixel is at least half object, or none at least half background.
    """
    if mask.has_transparency_data:
        layer = mask.convert("RGBA")
        mask = Image.alpha_composite(Image.new("RGBA", layer.size, "black"), layer)
    _check_ratio(mask.size, size)
    grey = mask.convert("L").resize(size, Image.Resampling.BILINEAR)
    levels = grey.tobytes()
    low, high = min(levels), max(levels)
    if high < 128:
        told = _("expected white where the object is, got greys of %(low)s to %(high)s of 255")
        raise MaskError(told, low=low, high=high)
    if low > 127:
        told = _("expected black around the object, got greys of %(low)s to %(high)s of 255")
        raise MaskError(told, low=low, high=high)
    bare = Image.new("L", size)
    bare.paste(grey)
    return bare


def _check_ratio(came: tuple[int, int], size: tuple[int, int]) -> None:
    """The mask, made as wide or as high as the photograph, fits within a pixel of either."""
    (width, height), (wide, high) = size, came
    slack = max(1.0, width / wide, height / high)  # a pixel of a small mask is several here
    if min(abs(high * width / wide - height), abs(wide * height / high - width)) > slack:
        raise MaskError(
            _(
                "expected the photograph's shape, as %(width)s x %(height)s px, got %(wide)s x "
                "%(high)s px"
            ),
            width=width, height=height, wide=wide, high=high,
        )  # fmt: skip


def _centre_ellipse(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    (width, height), margin = size, (1 - _ELLIPSE) / 2
    box = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask
