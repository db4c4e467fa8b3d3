"""The charts of the page of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from analysis import formats
from analysis.charts import Chart, draw_common_chance, layout, word_label
from analysis.model_reports import AgreementLine, MixedReport, WordLine
from analysis.stats.agreement import Agreement, By
from analysis.stats.intervals import Interval
from analysis.stats.mixed import WordEffect

_LEGEND_HEIGHT = 40
_WORD_COLUMNS = (
    "word", "correct", "n", "accuracy", "model_accuracy", "low", "high", "effect", "error",
)  # fmt: skip
_AGREEMENT_COLUMNS = ("about", "coefficient", "value", "low", "high", "people", "questions")


def words_chart(report: MixedReport) -> Chart:
    """A word's raw accuracy and the one of the model, joined by a line."""
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    known = [(line, line.effect) for line in report.words if isinstance(line.effect, WordEffect)]
    labels = [word_label(line.word) for line, _effect in known]
    figure = go.Figure(data=[_joins(known), _raw(known), _shrunken(known)])
    if report.chance is not None:
        draw_common_chance(figure, report.chance)
    beside = [_beside(line, effect) for line, effect in known]
    for label, text in zip(labels, beside, strict=True):
        figure.add_annotation(
            text=text, x=1, xref="paper", xanchor="left", xshift=8, y=label, showarrow=False,
            align="left", font={"size": 13},
        )  # fmt: skip
    found = _with_legend(layout(labels))
    found["margin"]["r"] = max([found["margin"]["r"], *(7 * len(text) - 20 for text in beside)])
    figure.update_layout(**found)
    return Chart(
        id="model-words-chart",
        figure=figure.to_plotly_json(),
        summary=_words_summary(known),
        title=_("Accuracy of each word by the mixed model"),
        name="model-words",
        columns=_WORD_COLUMNS,
        rows=tuple(_word_row(line, effect) for line, effect in known),
    )


def agreement_chart(lines: Sequence[AgreementLine]) -> Chart:
    """Kappa and alpha with their intervals, about each aspect of an answer."""
    import plotly.graph_objects as go

    known = [(_aspect(line.by), line.found) for line in lines if isinstance(line.found, Agreement)]
    labels = [label for label, _found in known]
    # Alpha's points stand a little below kappa's, so that both can be seen.
    kappa, alpha = [
        _coefficients(known, "alpha", "square", 1, 0.14),
        _coefficients(known, "kappa", "circle", 2, -0.14),
    ]
    figure = go.Figure(data=[alpha, kappa])
    low = min([0.0, *(x for trace in (kappa, alpha) for x in trace.x)])
    found = layout(labels)
    found["margin"]["r"] = 16
    found["xaxis"] |= {
        "range": [min(-0.1, low - 0.1), 1], "tickformat": ".1f", "zeroline": True,
        "zerolinecolor": "var(--line)",
        "title": {"text": _("agreement beyond chance"), "font": {"size": 13}},
    }  # fmt: skip
    found["yaxis"] |= {
        "type": "linear", "tickmode": "array", "tickvals": list(range(len(labels))),
        "ticktext": labels,
    }  # fmt: skip
    figure.update_layout(**_with_legend(found))
    return Chart(
        id="agreement-chart",
        figure=figure.to_plotly_json(),
        summary=_("Krippendorff’s alpha and Fleiss’ kappa. The table has the same figures."),
        title=_("Agreement of people"),
        name="agreement",
        columns=_AGREEMENT_COLUMNS,
        rows=tuple(row for line in lines for row in _agreement_rows(line)),
    )


def _aspect(by: By) -> str:
    return {
        By.CORRECT: _("correct or wrong"),
        By.IMAGE: _("image"),
        By.WORD: _("word of the image"),
        By.CLUSTER: _("cluster"),
    }[by]


def _with_legend(found: dict[str, Any]) -> dict[str, Any]:
    """Room for the legend above what is written over the chance level."""
    found["margin"]["t"] += _LEGEND_HEIGHT
    found["height"] += _LEGEND_HEIGHT
    top = {"orientation": "h", "x": 0, "xref": "container", "y": 1, "yref": "container"}
    found["legend"] = top | {"yanchor": "top", "traceorder": "normal"}
    return found


def _joins(known: Sequence[tuple[WordLine, WordEffect]]) -> Any:
    import plotly.graph_objects as go

    x: list[float | None] = []
    y: list[str | None] = []
    for line, effect in known:
        x += [line.raw, effect.accuracy, None]
        y += [word_label(line.word)] * 2 + [None]
    line_style = {"color": "var(--line)", "width": 2, "dash": "2px,2px"}
    return go.Scatter(
        mode="lines", x=x, y=y, line=line_style, showlegend=False, hoverinfo="skip"
    )  # fmt: skip


def _raw(known: Sequence[tuple[WordLine, WordEffect]]) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        mode="markers",
        name=_("share of correct answers"),
        showlegend=True,
        x=[line.raw for line, _effect in known],
        y=[word_label(line.word) for line, _effect in known],
        marker={
            "symbol": "circle-open",
            "size": 11,
            "color": "var(--ink-soft)",
            "line": {"width": 2},
        },
        cliponaxis=False,
        customdata=[
            f"{formats.percent(line.raw, line.n)} ({line.correct}/{line.n})"
            for line, _effect in known
        ],
        hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
    )


def _shrunken(known: Sequence[tuple[WordLine, WordEffect]]) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        mode="markers",
        name=_("by the model, with its interval"),
        showlegend=True,
        x=[effect.accuracy for _line, effect in known],
        y=[word_label(line.word) for line, _effect in known],
        marker={"symbol": "circle", "size": 10, "color": "var(--accent)"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [effect.interval.high - effect.accuracy for _line, effect in known],
            "arrayminus": [effect.accuracy - effect.interval.low for _line, effect in known],
            "color": "var(--accent)",
            "thickness": 2,
            "width": 4,
        },
        cliponaxis=False,
        customdata=[
            f"{formats.percent(effect.accuracy, line.n)}"
            f" ({formats.interval(effect.interval, line.n)})"
            for line, effect in known
        ],
        hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
    )


def _beside(line: WordLine, effect: WordEffect) -> str:
    return f"{formats.percent(effect.accuracy, line.n)} <i>n</i> {line.n}"


def _word_row(line: WordLine, effect: WordEffect) -> tuple[object, ...]:
    return (
        line.word.reading, line.correct, line.n, line.raw, effect.accuracy, effect.interval.low,
        effect.interval.high, effect.value, effect.error,
    )  # fmt: skip


def _words_summary(known: Sequence[tuple[WordLine, WordEffect]]) -> str:
    if not known:
        return _("No answers yet.")
    (best, high), (worst, low) = known[0], known[-1]
    return _(
        "Chart of the accuracy of %(count)s words by the model and as counted: from %(best)s,"
        " %(high)s by the model, down to %(worst)s, %(low)s. The table has the same figures."
    ) % {
        "count": len(known),
        "best": word_label(best.word),
        "high": formats.percent(high.accuracy, best.n),
        "worst": word_label(worst.word),
        "low": formats.percent(low.accuracy, worst.n),
    }


def _coefficients(
    known: Sequence[tuple[str, Agreement]], name: str, symbol: str, colour: int, shift: float
) -> Any:
    import plotly.graph_objects as go

    points = [
        (at + shift, value, getattr(found, f"{name}_interval"))
        for at, (_label, found) in enumerate(known)
        if isinstance(value := getattr(found, name), float)
    ]
    ends = [(i.low, i.high) if isinstance(i, Interval) else (v, v) for _y, v, i in points]
    return go.Scatter(
        mode="markers",
        name={"alpha": _("Krippendorff’s alpha"), "kappa": _("Fleiss’ kappa")}[name],
        showlegend=True,
        x=[value for _y, value, _interval in points],
        y=[y for y, _value, _interval in points],
        marker={"symbol": symbol, "size": 10, "color": f"var(--condition-{colour})"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - v for (_y, v, _i), (_low, high) in zip(points, ends, strict=True)],
            "arrayminus": [v - low for (_y, v, _i), (low, _high) in zip(points, ends, strict=True)],
            "color": f"var(--condition-{colour})",
            "thickness": 2,
            "width": 4,
        },
        cliponaxis=False,
        customdata=[
            f"{formats.decimals(v)} ({formats.decimals(low)} – {formats.decimals(high)})"
            for (_y, v, _i), (low, high) in zip(points, ends, strict=True)
        ],
        hovertemplate="%{customdata}",
    )


def _agreement_rows(line: AgreementLine) -> list[tuple[object, ...]]:
    found, rows = line.found, []
    if isinstance(found, Agreement):
        for name in ("alpha", "kappa"):
            value, interval = getattr(found, name), getattr(found, f"{name}_interval")
            known = isinstance(interval, Interval)
            ends = (interval.low, interval.high) if known else (None, None)
            shown = value if isinstance(value, float) else None
            rows.append((line.by.value, name, shown, *ends, found.people, found.questions))
    return rows
