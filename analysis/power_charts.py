"""The chart of power against the number of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from analysis import axes, formats
from analysis.charts import Chart
from analysis.sample_size import GOALS, Curve


def power_chart(curves: Sequence[Curve], *, now: int) -> Chart:
    """A line for each accuracy; `now` is the number of people that there are, 0 for nobody."""
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    figure = go.Figure(data=[_line(place, curve) for place, curve in enumerate(curves)])
    most = curves[0].people[-1] if curves else 1
    x = axes.axis(_("people who answer the word"), range=[0, most * 1.02])
    figure.update_layout(**axes.frame(x, axes.share_axis(_("power")), height=400))
    for goal in GOALS:
        _draw_goal(figure, goal)
    if 0 < now <= most:
        _draw_now(figure, now)
    return Chart(
        id="power-chart",
        figure=figure.to_plotly_json(),
        summary=_("Lines of the power against the number of people, for several accuracies; the"
                  " tables have the figures."),
        title=_("Power against the number of people"),
        name="power",
        columns=("people", *(f"power_at_{curve.accuracy:g}" for curve in curves)),
        rows=tuple(points(curves)),
    )  # fmt: skip


def points(curves: Sequence[Curve]) -> list[tuple[object, ...]]:
    """The number of people, then the power of each curve there."""
    if not curves:
        return []
    return list(zip(curves[0].people, *(curve.power for curve in curves), strict=True))


def _line(place: int, curve: Curve) -> Any:
    import plotly.graph_objects as go

    colour, dash = axes.LINES[place % len(axes.LINES)]
    name = _("accuracy %(accuracy)s") % {"accuracy": formats.percent(curve.accuracy, 1)}
    return go.Scatter(
        mode="lines",
        name=name,
        x=curve.people,
        y=curve.power,
        # A test of counts keeps its level by steps, so that its power goes up and down.
        line={"color": colour, "dash": dash, "width": 2.5 if place == 0 else 1.75},
        hovertemplate=f"<b>{name}</b><br>%{{x}}: %{{y:.1%}}<extra></extra>",
    )


def _draw_goal(figure: Any, goal: float) -> None:
    figure.add_shape(
        type="line", x0=0, x1=1, xref="paper", y0=goal, y1=goal, layer="below",
        line={"color": "var(--ink-soft)", "width": 1, "dash": "5px,3px"},
    )  # fmt: skip


def _draw_now(figure: Any, now: int) -> None:
    figure.add_shape(
        type="line", x0=now, x1=now, y0=0, y1=1, yref="paper",
        line={"color": "var(--ink)", "width": 1.5},
    )  # fmt: skip
    figure.add_annotation(
        text=_("now: %(people)s") % {"people": now},
        x=now, y=0.02, yref="paper", xanchor="left", yanchor="bottom", xshift=4, showarrow=False,
        font={"size": 13},
    )  # fmt: skip
