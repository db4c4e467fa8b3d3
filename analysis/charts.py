"""Plotly figures; colours are names of the page's custom properties, resolved in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analysis import axes, formats
from analysis.frames import WordLabel
from analysis.reports import ContentColumn, Estimate
from analysis.stats import Proportion

_ROW_HEIGHT = 30
TOP, BOTTOM = 34, 56
# Pixels for "100% n", and for each digit behind it.
_BESIDE, _DIGIT = 60, 8
# Dashes that are shorter than a bar is thick, so that the line is seen as one across all bars.
_CHANCE = {"color": "var(--ink)", "width": 1.5, "dash": "5px,3px"}
# Of the tables behind the charts: names for programs, the same in every language.
ESTIMATE_COLUMNS = ("correct", "n", "accuracy", "low", "high", "chance")


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar of a chart."""

    label: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure for Plotly, and its summary for those who do not see it.

    With a title it can be saved: as a picture that carries the title, and, where there are
    `rows` of `columns`, as a table of plain numbers, text and None. `name` tells its files
    from those of the page's other charts.
    """

    id: str
    figure: dict[str, Any]
    summary: str
    title: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()

    @property
    def file(self) -> str:
        return slugify(self.name or self.id, allow_unicode=True)

    @property
    def table_id(self) -> str:
        return f"{self.id}-table"

    @property
    def table(self) -> dict[str, Any]:
        """What the page's script writes as a file."""
        return {"columns": self.columns, "rows": self.rows}


def word_label(word: WordLabel) -> str:
    """ふさふさ for readers of Japanese, fusafusa ふさふさ for others."""
    japanese = (get_language() or "").startswith("ja")
    return word.text if japanese else f"{word.reading} {word.text}"


class Estimated(Protocol):
    """A word with its accuracy."""

    @property
    def word(self) -> WordLabel: ...
    @property
    def estimate(self) -> Estimate: ...


def words_chart(rows: Sequence[Estimated]) -> Chart:
    bars = [Bar(word_label(row.word), row.estimate) for row in rows]
    return _accuracy_chart("words-chart", bars, title=_("Accuracy of each word"), name="accuracy")


def content_charts(columns: Sequence[ContentColumn]) -> list[Chart]:
    """One chart a photograph, with the same words and axes in each."""
    charts = []
    for index, column in enumerate(columns):
        name = column.content.name
        bars = [Bar(word_label(word), cell.estimate) for word, cell in column.cells if cell]
        order = [word_label(word) for word, _cell in column.cells]
        title = _("Accuracy of each word on %(content)s") % {"content": name}
        key = f"content-chart-{index}"
        charts.append(_accuracy_chart(key, bars, title=title, name=name, order=order))
    return charts


def _accuracy_chart(
    key: str, bars: Sequence[Bar], *, title: str, name: str, order: Sequence[str] | None = None
) -> Chart:
    return Chart(
        id=key,
        figure=_accuracy_figure(bars, order),
        summary=_summary(bars),
        title=title,
        name=name,
        columns=("word", *ESTIMATE_COLUMNS),
        rows=tuple((bar.label, *estimate_row(bar.estimate)) for bar in bars),
    )


def estimate_row(estimate: Estimate) -> tuple[object, ...]:
    """Its values under ESTIMATE_COLUMNS; empty ones where nothing is estimable."""
    if not isinstance(estimate, Proportion):
        return (None,) * len(ESTIMATE_COLUMNS)
    interval = estimate.interval.clipped()
    ends = (interval.low, interval.high)
    return (estimate.correct, estimate.n, estimate.accuracy, *ends, estimate.chance)


def _accuracy_figure(bars: Sequence[Bar], order: Sequence[str] | None = None) -> dict[str, Any]:
    """As JSON, written by hand: plotly's own objects take most of a second to load, and more than
    everything else on the page to fill.
    """
    labels = list(order or [bar.label for bar in bars])
    estimated = [(bar.label, bar.estimate) for bar in bars if isinstance(bar.estimate, Proportion)]
    level = common_chance(estimate for _label, estimate in estimated)
    data, notes = [_bars(estimated)], [_beside(bar) for bar in bars]
    drawn = layout(labels) | {"annotations": notes, "template": {}}
    most = max((estimate.n for _label, estimate in estimated), default=0)
    drawn["margin"] |= {"r": _BESIDE + _DIGIT * len(str(most))}
    if level is not None:
        notes.insert(0, chance_text(level))
        drawn["shapes"] = [chance_line(level)]
    elif estimated:
        data.append(_chance_marks(estimated))
    return {"data": data, "layout": drawn}


def _bars(estimated: Sequence[tuple[str, Proportion]]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": _("accuracy"),
        "showlegend": False,
        "x": [estimate.accuracy for _label, estimate in estimated],
        "y": [label for label, _estimate in estimated],
        "marker": {"color": "var(--bar)", "line": {"color": "var(--accent)", "width": 1}},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [e.interval.high - e.accuracy for _label, e in estimated],
            "arrayminus": [e.accuracy - e.interval.low for _label, e in estimated],
            "color": "var(--ink)",
            "thickness": 1.5,
            "width": 4,
        },
        "customdata": [tooltip(estimate) for _label, estimate in estimated],
        "hovertemplate": "<b>%{y}</b><br>%{customdata}<extra></extra>",
    }


def tooltip(estimate: Proportion) -> str:
    return "<br>".join(
        [
            _("%(accuracy)s correct (%(correct)s of %(n)s)")
            % {
                "accuracy": formats.percent(estimate.accuracy, estimate.n),
                "correct": estimate.correct,
                "n": estimate.n,
            },
            _("95%% interval %(interval)s")
            % {"interval": formats.interval(estimate.interval, estimate.n)},
            _("chance %(chance)s") % {"chance": formats.percent(estimate.chance, estimate.n)},
        ]
    )


def common_chance(estimates: Iterable[Proportion]) -> float | None:
    """The chance level of all of them; None where they differ, and where there are none."""
    levels = {estimate.chance for estimate in estimates}
    return levels.pop() if len(levels) == 1 else None


def draw_common_chance(figure: Any, level: float) -> None:
    figure.add_shape(**chance_line(level))
    figure.add_annotation(**chance_text(level))


def chance_line(level: float) -> dict[str, Any]:
    ends = {"x0": level, "x1": level, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", "layer": "above", "line": _CHANCE} | ends


def chance_text(level: float) -> dict[str, Any]:
    return {
        "text": _("chance %(chance)s") % {"chance": formats.percent(level, 1)},
        "x": level,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": "var(--ink-soft)", "size": 13},
    }


def _chance_marks(estimated: Sequence[tuple[str, Proportion]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("chance level of each bar"),
        "showlegend": True,
        "x": [estimate.chance for _label, estimate in estimated],
        "y": [label for label, _estimate in estimated],
        "marker": {
            "symbol": "line-ns",
            "size": _ROW_HEIGHT * 0.8,
            "line": {"color": "var(--ink-soft)", "width": 2},
        },
        "hoverinfo": "skip",
    }


def _beside(bar: Bar) -> dict[str, Any]:
    """The value and its n, in a column of their own at the right."""
    if isinstance(bar.estimate, Proportion):
        text = f"{formats.percent(bar.estimate.accuracy, bar.estimate.n)} <i>n</i> {bar.estimate.n}"
    else:
        text = "–"
    return {
        "text": text,
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 8,
        "y": bar.label,
        "showarrow": False,
        "align": "left",
        "font": {"size": 13},
    }


def layout(labels: Sequence[str]) -> dict[str, Any]:
    """Of bars with these labels, along an axis of shares."""
    axis = {"fixedrange": True, "zeroline": False, "automargin": False}
    return axes.frame(
        axis
        | {
            "range": [0, 1],
            # Three labels have room on a phone too; a fourth and fifth would be turned.
            "dtick": 0.5,
            "minor": {"dtick": 0.25, "showgrid": True, "gridcolor": "var(--line-soft)"},
            "tickformat": ".0%",
            "tickfont": {"size": 13},
            "gridcolor": "var(--line-soft)",
            "title": {"text": _("correct answers"), "font": {"size": 13}},
        },
        axis
        | {
            "automargin": True,
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(labels),
            "range": [len(labels) - 0.5, -0.5],
            "showgrid": False,
        },
        height=TOP + BOTTOM + _ROW_HEIGHT * len(labels),
        margin={"t": TOP, "b": BOTTOM, "l": 8, "r": 84, "pad": 6},
        bargap=0.3,
    )


def _summary(bars: Sequence[Bar]) -> str:
    """The extremes in a sentence; the table beside the chart has the rest."""
    shown = [(bar.label, bar.estimate) for bar in bars if isinstance(bar.estimate, Proportion)]
    if not shown:
        return _("No answers yet.")
    ranked = sorted(shown, key=lambda item: item[1].accuracy)
    (worst, low), (best, high) = ranked[0], ranked[-1]
    return _(
        "Bar chart of the accuracy of %(count)s words with 95%% intervals: from %(best)s,"
        " %(high)s, down to %(worst)s, %(low)s. The table has the same figures."
    ) % {
        "count": len(shown),
        "best": best,
        "high": formats.percent(high.accuracy, high.n),
        "worst": worst,
        "low": formats.percent(low.accuracy, low.n),
    }
