"""Charts of response times; all times on their axes are in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from analysis import axes, formats
from analysis.charts import Chart, layout
from analysis.stats.spread import Spread
from analysis.timing import Found, Histogram, Part

SPREAD_COLUMNS = ("n", "q1_ms", "median_ms", "q3_ms")


def histogram_chart(found: Histogram) -> Chart:
    """Correct answers and wrong ones on top of each other."""
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    low, high = _used(found)
    edges = [edge / 1000 for edge in found.edges[low : high + 1]]
    labels = [_between(*ends) for ends in pairwise(edges)]
    figure = go.Figure(
        data=[
            go.Bar(
                name=name,
                x=list(range(len(labels))),
                y=counts[low:high],
                customdata=labels,
                hovertemplate=f"%{{customdata}}<br>{name}: %{{y}}<extra></extra>",
                marker={"color": colour, "line": {"color": "var(--ink)", "width": 0.5}},
            )
            for name, counts, colour in (
                (_("correct"), found.correct, "var(--bar)"),
                (_("wrong"), found.wrong, "var(--distractor)"),
            )
        ]
    )
    ticks = [place for place, edge in enumerate(edges) if _is_round(edge)]
    x = axes.axis(
        axes.seconds_title(),
        tickmode="array",
        tickvals=[place - 0.5 for place in ticks],
        ticktext=[f"{edges[place]:.2g}" for place in ticks],
        showgrid=False,
    )
    y = axes.axis(_("answers"), rangemode="tozero")
    figure.update_layout(**axes.frame(x, y), barmode="stack", bargap=0)
    return Chart(
        id="times-chart",
        figure=figure.to_plotly_json(),
        summary=_("Histogram of response times on a logarithmic scale; its table has the counts."),
        title=_("Distribution of the response times"),
        name="distribution",
        columns=("from_ms", "to_ms", "correct", "wrong"),
        rows=tuple(bins(found)),
    )


def bins(found: Histogram) -> list[tuple[int, int, int, int]]:
    """From and to in milliseconds, correct and wrong; without the empty ends."""
    low, high = _used(found)
    return [
        (round(found.edges[i]), round(found.edges[i + 1]), found.correct[i], found.wrong[i])
        for i in range(low, high)
    ]


def spread_chart(key: str, title: str, rows: Sequence[tuple[str, Found]]) -> Chart:
    """A median with its middle half for each label, in the order given."""
    import plotly.graph_objects as go

    known = [(label, each) for label, each in rows if isinstance(each, Spread)]
    figure = go.Figure(
        data=[
            go.Scatter(
                mode="markers",
                showlegend=False,
                x=[each.median / 1000 for _label, each in known],
                y=[label for label, _each in known],
                marker={"size": 11, "color": "var(--accent)"},
                error_x=_whiskers([each for _label, each in known]),
                customdata=[described(each) for _label, each in known],
                hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
            )
        ]
    )
    labels = [label for label, _each in rows]
    ends = [end / 1000 for _label, each in known for end in (each.q1, each.q3)]
    low, high = axes.seconds_range(ends)
    found = layout(labels) | {
        "xaxis": axes.seconds_axis(axes.seconds_title(), low=low, high=high),
    }
    beside = [_beside(each) for _label, each in rows]
    found["margin"]["r"] = max([found["margin"]["r"], *(7 * len(text) - 30 for text in beside)])
    figure.update_layout(**found)
    for label, text in zip(labels, beside, strict=True):
        figure.add_annotation(
            text=text, x=1, xref="paper", xanchor="left", xshift=8, y=label, showarrow=False,
            align="left", font={"size": 13},
        )  # fmt: skip
    return Chart(
        id=key,
        figure=figure.to_plotly_json(),
        summary=_("Median response times with the middle half; the table has the same figures."),
        title=title,
        name=key.removesuffix("-chart"),
        columns=("label", *SPREAD_COLUMNS),
        rows=tuple((label, *spread_row(each)) for label, each in rows),
    )


def course_chart(parts: Sequence[Part]) -> Chart:
    """Medians over the course of the questionnaire, in a band of the middle half."""
    import plotly.graph_objects as go

    known = [(part, part.spread) for part in parts if isinstance(part.spread, Spread)]
    x = [(part.first + part.last) / 2 for part, _spread in known]
    line = {"color": "var(--accent)", "width": 0}
    band = {"x": x, "mode": "lines", "line": line, "hoverinfo": "skip", "showlegend": False}
    figure = go.Figure(
        data=[
            go.Scatter(**band, y=[each.q1 / 1000 for _part, each in known]),
            go.Scatter(
                **band, y=[each.q3 / 1000 for _p, each in known], fill="tonexty",
                fillcolor="var(--line-soft)",
            ),
            go.Scatter(
                mode="lines+markers",
                showlegend=False,
                x=x,
                y=[each.median / 1000 for _part, each in known],
                line={"color": "var(--accent)", "width": 2},
                marker={"size": 8, "color": "var(--accent)"},
                customdata=[[span(part), described(each)] for part, each in known],
                hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    ends = [end / 1000 for _part, each in known for end in (each.q1, each.q3)]
    low, high = axes.seconds_range(ends)
    figure.update_layout(
        **axes.frame(
            axes.axis(_("answer of a person, in their order"), showgrid=False),
            axes.seconds_axis(axes.seconds_title(), low=low, high=high),
        )
    )
    return Chart(
        id="course-chart",
        figure=figure.to_plotly_json(),
        summary=_("Median response times over the course of the questionnaire, with the middle"
                  " half; the table has the same figures."),
        title=_("Response times over the course of the questionnaire"),
        name="course",
        columns=("first", "last", *SPREAD_COLUMNS),
        rows=tuple((part.first, part.last, *spread_row(part.spread)) for part in parts),
    )  # fmt: skip


def span(part: Part) -> str:
    """The answers of a part: 4–6, or 4."""
    return str(part.first) if part.first == part.last else f"{part.first}–{part.last}"


def described(found: Spread) -> str:
    return _("median %(median)s, middle half %(q1)s to %(q3)s, n = %(n)s") % {
        "median": formats.seconds(found.median),
        "q1": formats.seconds(found.q1),
        "q3": formats.seconds(found.q3),
        "n": found.n,
    }


def spread_row(found: Found) -> tuple[object, ...]:
    """Its values under SPREAD_COLUMNS."""
    if not isinstance(found, Spread):
        return (0, None, None, None)
    return (found.n, found.q1, found.median, found.q3)


def _beside(found: Found) -> str:
    if not isinstance(found, Spread):
        return "–"
    return f"{formats.seconds(found.median)} <i>n</i> {found.n}"


def _whiskers(found: Sequence[Spread]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [(each.q3 - each.median) / 1000 for each in found],
        "arrayminus": [(each.median - each.q1) / 1000 for each in found],
        "color": "var(--ink)",
        "thickness": 1.5,
        "width": 4,
    }


def _used(found: Histogram) -> tuple[int, int]:
    """From the first bin with answers to behind the last one."""
    used = [i for i, pair in enumerate(zip(found.correct, found.wrong, strict=True)) if any(pair)]
    return used[0], used[-1] + 1


def _between(low: float, high: float) -> str:
    return _("%(low)s to %(high)s s") % {"low": f"{low:.2g}", "high": f"{high:.2g}"}


def _is_round(seconds: float) -> bool:
    """1, 2 and 5 of each power of ten, which bins of a tenth of a power nearly meet."""
    return f"{seconds:.1e}"[:3] in ("1.0", "2.0", "5.0")
