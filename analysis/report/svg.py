"""Static charts as inline SVG: they need no script, scale, and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString, mark_safe

from analysis.formats import percent

# In units of the drawing; a page shows it at 1.3 times, a phone at 0.85.
_ROW, _TOP, _BOTTOM = 22, 22, 24
_LEFT, _RIGHT = 140, 356
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_INK, _SOFT, _GRID = "#1c1c1c", "#595959", "#d4d4d4"
_BAR, _EDGE = "#8cc0de", "#0072b2"
_LONGEST_LABEL = 20  # narrow letters; Japanese ones count double
_WIDE_FROM = 0x2E7F
_LETTER = 6.5  # the width of a digit in a note
_SMALL, _MIDDLE = {"font-size": "11"}, {"text-anchor": "middle"}
_THICK = {"stroke-width": "1.5"}

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """An accuracy with its interval and chance level; `note` is written at its end.

    `share` is None where there is nothing to draw.
    """

    label: str
    share: float | None
    low: float
    high: float
    chance: float
    note: str


def bars(rows: Sequence[Bar], *, name: str, title: str, summary: str, chance: str) -> SafeString:
    """Horizontal bars from 0 to 100 %, with intervals, and what guessing gives as a dashed line.

    `name` makes ids unique in the page; `chance` is the label of a line that all bars share.
    """
    height = _TOP + _ROW * len(rows) + _BOTTOM
    width = _RIGHT + 14 + _LETTER * max(len(row.note) for row in rows)
    root = ET.Element("svg", {"viewBox": f"0 0 {width:.0f} {height}", "role": "img"})
    root.set("class", "chart")
    root.set("aria-labelledby", f"{name}-title {name}-summary")
    ET.SubElement(root, "title", id=f"{name}-title").text = title
    ET.SubElement(root, "desc", id=f"{name}-summary").text = summary
    _axis(root, height)
    for place, row in enumerate(rows):
        _bar(root, row, _TOP + _ROW * place)
    _chance(root, rows, height, chance)
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308 - escaped by ElementTree


def _axis(root: ET.Element, height: int) -> None:
    for tick in _TICKS:
        x = _x(tick)
        _line(root, (x, _TOP - 2), (x, height - _BOTTOM + 3), stroke=_GRID)
        _text(root, (x, height - 7), percent(tick, 1), **_SMALL, **_MIDDLE, fill=_SOFT)


def _bar(root: ET.Element, row: Bar, top: float) -> None:
    middle = top + _ROW / 2
    label = _text(root, (_LEFT - 6, middle + 4), shortened(row.label), **{"text-anchor": "end"})
    if label.text != row.label:
        ET.SubElement(label, "title").text = row.label
    _text(root, (_RIGHT + 7, middle + 4), row.note, **_SMALL)
    if row.share is None:
        return
    ET.SubElement(
        root, "rect", x=f"{_LEFT}", y=_number(top + 4), width=_number(_x(row.share) - _LEFT),
        height=f"{_ROW - 8}", fill=_BAR, stroke=_EDGE,
    )  # fmt: skip
    low, high = _x(row.low), _x(row.high)
    _line(root, (low, middle), (high, middle), **_THICK)
    for end in (low, high):
        _line(root, (end, middle - 4), (end, middle + 4), **_THICK)


def _chance(root: ET.Element, rows: Sequence[Bar], height: int, label: str) -> None:
    """One line where all bars share a chance level, else a mark on each bar."""
    drawn = [(place, row) for place, row in enumerate(rows) if row.share is not None]
    if len({row.chance for _, row in drawn}) == 1:
        x = _x(drawn[0][1].chance)
        dashes = {"stroke-dasharray": "5 3"}
        _line(root, (x, _TOP - 2), (x, height - _BOTTOM), **dashes)
        _text(root, (x, _TOP - 8), label, **_SMALL, **_MIDDLE)
        return
    for place, row in drawn:
        top, x = _TOP + _ROW * place, _x(row.chance)
        dashes = {"stroke-dasharray": "3 2"}
        _line(root, (x, top + 1), (x, top + _ROW - 1), **_THICK, **dashes)


def shortened(label: str) -> str:
    """The label as far as it has room beside the bars."""
    room = _LONGEST_LABEL
    for place, letter in enumerate(label):
        room -= 2 if ord(letter) > _WIDE_FROM else 1
        if room < 0:
            return f"{label[: place - 1].rstrip()}…"
    return label


def _x(share: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _line(root: ET.Element, start: _Point, end: _Point, **style: str) -> None:
    (x1, y1), (x2, y2) = start, end
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    places = {name: _number(value) for name, value in ends.items()}
    ET.SubElement(root, "line", places | {"stroke": _INK} | style)


def _text(root: ET.Element, at: _Point, text: str, **style: str) -> ET.Element:
    given = {"x": _number(at[0]), "y": _number(at[1]), "fill": _INK, "font-size": "12"}
    element = ET.SubElement(root, "text", given | style)
    element.text = text
    return element
