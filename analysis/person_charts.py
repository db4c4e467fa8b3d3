"""The chart of one person's response times, answer by answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from analysis import axes, formats
from analysis.charts import Chart, word_label
from analysis.frames.person import GivenTrial


def course_chart(trials: Sequence[GivenTrial]) -> Chart | None:
    """In the order of the answers; None where no time was measured."""
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    timed = [trial for trial in trials if trial.response_ms and trial.chosen]
    if not timed:
        return None
    kinds = (
        (_("correct"), "circle", "var(--accent)", [t for t in timed if _is(t, correct=True)]),
        (_("wrong"), "x", "var(--ink-soft)", [t for t in timed if _is(t, correct=False)]),
        (_("catch question"), "square-open", "var(--ink)", [t for t in timed if t.is_catch]),
    )
    figure = go.Figure(data=[_marks(*kind) for kind in kinds if kind[-1]])
    low, high = axes.seconds_range([(trial.response_ms or 0) / 1000 for trial in timed])
    figure.update_layout(
        **axes.frame(
            axes.axis(_("place in the questionnaire"), showgrid=False),
            axes.seconds_axis(axes.seconds_title(), low=low, high=high),
            height=300,
        )
    )
    return Chart(
        id="course-chart",
        figure=figure.to_plotly_json(),
        summary=_("Response times in the order of the answers; the table of answers has them."),
        title=_("Response times over the questionnaire"),
        name="course",
        columns=("order", "word", "correct", "response_ms"),
        rows=tuple(_row(trial) for trial in timed),
    )


def _is(trial: GivenTrial, *, correct: bool) -> bool:
    return not trial.is_catch and trial.chosen is not None and trial.chosen.is_target == correct


def _marks(name: str, symbol: str, colour: str, trials: Sequence[GivenTrial]) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        mode="markers",
        name=name,
        showlegend=True,
        x=[trial.order + 1 for trial in trials],
        y=[(trial.response_ms or 0) / 1000 for trial in trials],
        marker={"symbol": symbol, "size": 9, "color": colour},
        customdata=[f"{_label(t)}<br>{formats.seconds(t.response_ms or 0)}" for t in trials],
        hovertemplate=f"%{{customdata}}<br>{name}<extra></extra>",
    )


def _row(trial: GivenTrial) -> tuple[object, ...]:
    word = trial.word.reading if trial.word else ""
    is_right = int(bool(trial.chosen and trial.chosen.is_target))
    return trial.order + 1, word, is_right, trial.response_ms


def _label(trial: GivenTrial) -> str:
    word = word_label(trial.word) if trial.word else _("catch question")
    return f"{trial.order + 1}. {word}"
