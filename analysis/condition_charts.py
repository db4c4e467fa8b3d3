"""Conditions beside each other: a point with its interval for each, word by word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis import formats
from analysis.charts import (
    BOTTOM,
    ESTIMATE_COLUMNS,
    TOP,
    Chart,
    common_chance,
    draw_common_chance,
    estimate_row,
    layout,
    tooltip,
    word_label,
)
from analysis.comparison import Comparison
from analysis.reports import Estimate
from analysis.stats import Proportion

# A condition is told by its colour and by its symbol; results.css and the legend have the same.
COLOURS = 4
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star")
_POINT_HEIGHT = 22
# Between two words, in heights of a point.
_GAP = 0.8


@dataclass(frozen=True, slots=True)
class Mark:
    """How a condition is drawn: by `var(--condition-<colour>)` and a symbol of Plotly."""

    condition: str
    colour: int
    symbol: str


@dataclass(frozen=True, slots=True)
class _Point:
    """An estimate at its height in the chart, counted from the top."""

    y: float
    label: str
    condition: str
    estimate: Estimate


def marks(comparison: Comparison) -> list[Mark]:
    return [
        Mark(condition, place % COLOURS + 1, SYMBOLS[place % len(SYMBOLS)])
        for place, condition in enumerate(comparison.conditions)
    ]


def conditions_chart(comparison: Comparison) -> Chart:
    """Every word's accuracy in every condition, with the chance level."""
    points = list(_points(comparison))
    return Chart(
        id="conditions-chart",
        figure=_figure(comparison, points),
        summary=_summary(comparison),
        title=_("Accuracy of each word in each condition"),
        name="accuracy",
        columns=("word", "condition", *ESTIMATE_COLUMNS),
        rows=tuple((p.label, p.condition, *estimate_row(p.estimate)) for p in points),
    )


def _points(comparison: Comparison) -> Iterator[_Point]:
    step = len(comparison.conditions) + _GAP
    for word, row in enumerate(comparison.rows):
        for place, estimate in enumerate(row.estimates):
            condition = comparison.conditions[place]
            yield _Point(word * step + place, word_label(row.word), condition, estimate)


def _figure(comparison: Comparison, points: list[_Point]) -> dict[str, Any]:
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    estimates = [point.estimate for point in points if isinstance(point.estimate, Proportion)]
    figure = go.Figure(layout=_layout(comparison))
    level = common_chance(estimates)
    if level is not None:
        draw_common_chance(figure, level)
    elif estimates:
        figure.add_trace(_chance_marks(points))
    for mark in marks(comparison):
        figure.add_trace(_trace(mark, points))
    for point in points:
        _write_beside(figure, point)
    return dict(figure.to_plotly_json())


def _trace(mark: Mark, points: list[_Point]) -> Any:
    import plotly.graph_objects as go

    own = [
        (point, point.estimate)
        for point in points
        if point.condition == mark.condition and isinstance(point.estimate, Proportion)
    ]
    colour = f"var(--condition-{mark.colour})"
    return go.Scatter(
        mode="markers",
        name=mark.condition,
        showlegend=False,
        x=[estimate.accuracy for _point, estimate in own],
        y=[point.y for point, _estimate in own],
        marker={"symbol": mark.symbol, "size": 11, "color": colour},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [e.interval.high - e.accuracy for _point, e in own],
            "arrayminus": [e.accuracy - e.interval.low for _point, e in own],
            "color": colour,
            "thickness": 2,
            "width": 4,
        },
        cliponaxis=False,
        customdata=[f"<b>{p.label}</b> {p.condition}<br>{tooltip(e)}" for p, e in own],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _chance_marks(points: list[_Point]) -> Any:
    import plotly.graph_objects as go

    own = [
        (point.y, point.estimate.chance)
        for point in points
        if isinstance(point.estimate, Proportion)
    ]
    return go.Scatter(
        mode="markers",
        name=_("chance level of each point"),
        showlegend=True,
        x=[chance for _y, chance in own],
        y=[y for y, _chance in own],
        marker={
            "symbol": "line-ns",
            "size": _POINT_HEIGHT * 0.7,
            "line": {"color": "var(--ink-soft)", "width": 2},
        },
        hoverinfo="skip",
    )


def _write_beside(figure: Any, point: _Point) -> None:
    text = "–"
    if isinstance(point.estimate, Proportion):
        n = point.estimate.n
        text = f"{formats.percent(point.estimate.accuracy, n)} <i>n</i> {n}"
    figure.add_annotation(
        text=text,
        x=1,
        xref="paper",
        xanchor="left",
        xshift=8,
        y=point.y,
        showarrow=False,
        align="left",
        font={"size": 13},
    )


def _layout(comparison: Comparison) -> dict[str, Any]:
    labels = [word_label(row.word) for row in comparison.rows]
    conditions = len(comparison.conditions)
    step = conditions + _GAP
    height = step * len(labels)
    found = layout(labels)
    found["height"] = TOP + BOTTOM + round(_POINT_HEIGHT * height)
    found["yaxis"] = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "showgrid": False,
        "tickmode": "array",
        "tickvals": [word * step + (conditions - 1) / 2 for word in range(len(labels))],
        "ticktext": labels,
        "range": [height - 0.5 - _GAP / 2, -0.5 - _GAP / 2],
    }
    # A line between two words, since a word has several rows.
    found["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": word * step - 0.5 - _GAP / 2,
            "y1": word * step - 0.5 - _GAP / 2,
            "line": {"color": "var(--line-soft)", "width": 1},
        }
        for word in range(1, len(labels))
    ]
    return found


def _summary(comparison: Comparison) -> str:
    return _(
        "Chart of the accuracy of %(words)s words in %(conditions)s conditions with 95%% intervals."
        " The table has the same figures."
    ) % {"words": len(comparison.rows), "conditions": len(comparison.conditions)}
