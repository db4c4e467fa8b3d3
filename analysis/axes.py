"""The frame that all charts have, and axes of numbers, times and shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

# Seconds that a reader finds on a logarithmic axis.
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
# Those of a power that is aimed at among them.
_SHARES = (0, 0.2, 0.4, 0.6, 0.8, 0.9, 1)
# A line is told by its colour and by its dashes.
LINES = (
    ("var(--accent)", "solid"),
    ("var(--condition-2)", "8px,3px"),
    ("var(--condition-3)", "2px,3px"),
    ("var(--ink)", "10px,3px,2px,3px"),
)


def frame(
    x: dict[str, Any], y: dict[str, Any], *, height: int = 340, **options: Any
) -> dict[str, Any]:
    """The layout of a chart with these axes."""
    return {
        "template": "none",
        "height": height,
        "margin": {"t": 40, "b": 56, "l": 64, "r": 16, "pad": 4},
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--ink)", "size": 14},
        "hoverlabel": {
            "bgcolor": "var(--surface-raised)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)"},
        },
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": x,
        "yaxis": y,
        **options,
    }


def axis(title: str, **options: Any) -> dict[str, Any]:
    """An axis of numbers."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "gridcolor": "var(--line-soft)",
        "linecolor": "var(--line)",
        "tickfont": {"size": 13},
        "title": {"text": title, "font": {"size": 13}},
        **options,
    }


def seconds_axis(title: str, *, low: float, high: float) -> dict[str, Any]:
    """A logarithmic axis of seconds between these."""
    return axis(
        title,
        type="log",
        range=[math.log10(low), math.log10(high)],
        tickmode="array",
        tickvals=list(_TICKS),
        ticktext=[f"{tick:g}" for tick in _TICKS],
    )


def share_axis(title: str) -> dict[str, Any]:
    return axis(title, range=[0, 1.02], tickformat=".0%", tickmode="array", tickvals=_SHARES)


def seconds_range(values: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis around these seconds, with some air."""
    known = [value for value in values if value > 0]
    if not known:
        return 0.5, 20.0
    return min(known) / 1.4, max(known) * 1.4


def seconds_title() -> str:
    return _("response time (s, logarithmic)")
