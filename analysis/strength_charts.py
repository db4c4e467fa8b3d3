"""The charts of how strongly images attract choices."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from analysis import formats
from analysis.axes import axis, frame
from analysis.charts import Chart, word_label
from analysis.model_reports import ImageLine, PhotoStrengths, Ranked

_IMAGE_COLUMNS = (
    "role", "word", "cluster", "condition", "asked", "strength", "error", "votes", "offers",
)  # fmt: skip


def strengths_chart(photograph: PhotoStrengths, index: int) -> Chart:
    """Targets and lures apart, each from the strongest to the weakest, with standard errors."""
    import plotly.graph_objects as go

    targets, lures = photograph.targets, photograph.lures
    start = len(targets.lines) + max(2, len(targets.lines) // 12)
    figure = go.Figure(
        data=[
            _images(targets, _("targets"), "square", "var(--target)", 0),
            _images(lures, _("lures"), "circle", "var(--distractor)", start),
        ]
    )
    x = axis(_("images by rank"), showticklabels=False, showgrid=False)
    y = axis(_("strength (logits)"), zeroline=True, zerolinecolor="var(--line)")
    figure.update_layout(**frame(x, y, height=320))
    title = _("Strengths of the images on %(content)s") % {"content": photograph.content.name}
    return Chart(
        id=f"strengths-chart-{index}",
        figure=figure.to_plotly_json(),
        summary=_strengths_summary(photograph),
        title=title,
        name=f"strengths-{photograph.content.name}",
        columns=_IMAGE_COLUMNS,
        rows=tuple(
            _image_row(role, line)
            for role, ranked in (("target", targets), ("lure", lures))
            for line in ranked.lines
        ),
    )


def _images(ranked: Ranked, name: str, symbol: str, colour: str, start: int) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        mode="markers",
        name=name,
        showlegend=True,
        x=[start + place for place in range(len(ranked.lines))],
        y=[line.value for line in ranked.lines],
        marker={"symbol": symbol, "size": 6, "color": colour},
        error_y={
            "type": "data",
            "array": [line.error for line in ranked.lines],
            "color": colour,
            "thickness": 1,
            "width": 0,
        },
        customdata=[_image_told(line) for line in ranked.lines],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _image_told(line: ImageLine) -> str:
    told = [
        f"<b>{word_label(line.word)}</b> {line.cluster} {line.condition}",
        f"{formats.decimals(line.value)} ± {formats.decimals(line.error)}",
        _("%(votes)s of %(offers)s") % {"votes": line.votes, "offers": line.offers},
    ]
    if line.asked:
        told.insert(1, _("asked: %(word)s") % {"word": word_label(line.asked)})
    return "<br>".join(told)


def _image_row(role: str, line: ImageLine) -> tuple[object, ...]:
    return (
        role, line.word.reading, line.cluster, line.condition or None,
        line.asked.reading if line.asked else None, line.value, line.error, line.votes, line.offers,
    )  # fmt: skip


def _strengths_summary(photograph: PhotoStrengths) -> str:
    return _(
        "Chart of the strengths of %(targets)s targets and %(lures)s lures on %(content)s with"
        " standard errors. The table has the same figures."
    ) % {
        "targets": len(photograph.targets.lines),
        "lures": len(photograph.lures.lines),
        "content": photograph.content.name,
    }
