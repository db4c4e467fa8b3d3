"""Shares as colours of cells: from white to blue, with a number that stays readable on it."""

from __future__ import annotations

from dataclasses import dataclass

_FULL = (0, 114, 178)  # Okabe-Ito blue


@dataclass(frozen=True, slots=True)
class Shade:
    """The colour of a cell, and of the text on it."""

    background: str
    ink: str


def shade(share: float) -> Shade:
    """White at 0, blue at 1; black or white text, whichever has more contrast (4.5 and more)."""
    part = min(max(share, 0.0), 1.0)
    red, green, blue = (round(255 + (full - 255) * part) for full in _FULL)
    light = _luminance(red, green, blue)
    on_black, on_white = (light + 0.05) / 0.05, 1.05 / (light + 0.05)
    return Shade(f"#{red:02x}{green:02x}{blue:02x}", "#000" if on_black >= on_white else "#fff")


def _luminance(*channels: int) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
