"""Heat maps: a value as the depth of one colour, and as a number in its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis import axes

# One hue from pale to deep (in the dark from deep to pale), told apart by lightness alone. In the
# middle black and white are read equally well on it, so there numbers change their colour.
SCALE = ((0.0, "var(--heat-0)"), (0.5, "var(--heat-1)"), (1.0, "var(--heat-2)"))
_LETTER, _WIDE_LETTER = 7.6, 14.0  # pixels, at 14 px
_EAST_ASIAN = "\u2e80"
_LEAN = 60  # degrees of column heads that do not fit
_BOTTOM = 76  # the scale below the map
_GAP = 24


@dataclass(frozen=True, slots=True)
class Place:
    """A cell in row y and column x; None has no colour. A framed cell is not coloured either."""

    y: int
    x: int
    value: float | None
    text: str
    hover: str
    is_framed: bool = False


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What is drawn. `cell` is width and height in pixels, so that a wide map scrolls; `top` is
    the value of the deepest colour, None for the largest one."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    places: tuple[Place, ...]
    title: str
    is_share: bool
    row_title: str = ""
    column_title: str = ""
    top: float | None = None
    cell: tuple[int, int] = (34, 30)

    @property
    def coloured(self) -> list[Place]:
        return [place for place in self.places if place.value is not None and not place.is_framed]

    @property
    def deepest(self) -> float:
        if self.top is not None:
            return self.top
        return max((place.value or 0.0 for place in self.coloured), default=0.0) or 1.0


def heat_map(drawn: HeatMap) -> dict[str, Any]:
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    figure = go.Figure(data=[_coloured(drawn)], layout=_layout(drawn))
    half = drawn.deepest / 2
    pale = [place for place in drawn.coloured if (place.value or 0.0) <= half]
    deep = [place for place in drawn.coloured if (place.value or 0.0) > half]
    framed = [place for place in drawn.places if place.is_framed]
    # The map below tells what its cells are; framed ones are not part of it.
    figure.add_trace(_numbers(pale, "var(--heat-ink-0)", hoverinfo="skip"))
    figure.add_trace(_numbers(deep, "var(--heat-ink-1)", hoverinfo="skip"))
    if framed:
        hover = {
            "customdata": [place.hover for place in framed],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        figure.add_trace(_numbers(framed, "var(--ink)", **hover))
    for place in framed:
        figure.add_shape(
            type="rect", x0=place.x - 0.46, x1=place.x + 0.46, y0=place.y - 0.44,
            y1=place.y + 0.44, line={"color": "var(--target)", "width": 2},
        )  # fmt: skip
    return dict(figure.to_plotly_json())


def _coloured(drawn: HeatMap) -> Any:
    import plotly.graph_objects as go

    z: list[list[float | None]] = [[None] * len(drawn.columns) for _ in drawn.rows]
    hover = [[""] * len(drawn.columns) for _ in drawn.rows]
    for place in drawn.coloured:
        z[place.y][place.x] = place.value
        hover[place.y][place.x] = place.hover
    return go.Heatmap(
        z=z,
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=[list(stop) for stop in SCALE],
        zmin=0,
        zmax=drawn.deepest,
        xgap=1,
        ygap=1,
        colorbar={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "top",
            "ypad": 12,
            "lenmode": "pixels",
            "len": 220,
            "thickness": 12,
            "nticks": 4,
            "tickformat": ".0%" if drawn.is_share else "d",
            "title": {"text": drawn.title, "side": "bottom", "font": {"size": 13}},
            "outlinewidth": 1,
            "outlinecolor": "var(--line)",
        },
    )


def _numbers(places: Sequence[Place], colour: str, **hover: Any) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        mode="text",
        showlegend=False,
        x=[place.x for place in places],
        y=[place.y for place in places],
        text=[place.text for place in places],
        textfont={"size": 12, "color": colour},
        **hover,
    )


def _layout(drawn: HeatMap) -> dict[str, Any]:
    width, height = drawn.cell
    heads = max(map(_pixels, drawn.columns), default=0)
    leans = heads > width - 6
    side = max(map(_pixels, drawn.rows), default=0) + _GAP + (22 if drawn.row_title else 0)
    over = (heads * 0.87 if leans else 18) + _GAP + (22 if drawn.column_title else 0)
    right = heads * 0.5 + _GAP if leans else 24
    # The scale below has a length of its own.
    map_width = width * len(drawn.columns)
    right = max(right, 240 - map_width)
    return axes.frame(
        _axis(drawn.columns, drawn.column_title)
        | {"side": "top", "tickangle": -_LEAN if leans else 0}
        | {"range": [-0.5, len(drawn.columns) - 0.5]},
        _axis(drawn.rows, drawn.row_title) | {"range": [len(drawn.rows) - 0.5, -0.5]},
        width=round(side + map_width + right),
        height=round(over + height * len(drawn.rows) + _BOTTOM),
        margin={"t": round(over), "b": _BOTTOM, "l": round(side), "r": round(right), "pad": 0},
    )


def _axis(labels: Sequence[str], title: str) -> dict[str, Any]:
    return {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "automargin": False,
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "title": {"text": title, "font": {"size": 13}, "standoff": 6},
    }


def _pixels(label: str) -> float:
    return sum(_WIDE_LETTER if letter >= _EAST_ASIAN else _LETTER for letter in label)
