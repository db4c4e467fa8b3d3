"""Heat maps of words and photographs, and measures of stimuli against votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analysis import axes, formats
from analysis.charts import ESTIMATE_COLUMNS, Chart, estimate_row, word_label
from analysis.frames import WordLabel
from analysis.heat_maps import HeatMap, Place, heat_map
from analysis.relations import Confusions, Machine, Pair, StimulusRow, Suitability, WordTable
from analysis.relations.measures import Measure
from analysis.stats import Proportion


def short_label(word: WordLabel) -> str:
    """For the head of a narrow column."""
    return word.text if (get_language() or "").startswith("ja") else word.reading


def confusion_chart(found: Confusions, *, as_counts: bool) -> Chart:
    """Words by words; the diagonal is framed and not coloured, since it would outshine the rest."""
    places = [
        _pair(y, x, pair, as_counts)
        for y, (_word, row) in enumerate(found.rows)
        for x, pair in enumerate(row)
    ]
    drawn = HeatMap(
        rows=tuple(word_label(word) for word, _row in found.rows),
        columns=tuple(short_label(word) for word in found.columns),
        places=tuple(places),
        title=_("answers") if as_counts else _("picks per exposure"),
        is_share=not as_counts,
        row_title=_("asked"),
        column_title=_("chosen"),
    )
    pairs = tuple(
        (word_label(p.asked), word_label(p.chosen), p.picks, p.exposures, p.rate)
        for p in found.pairs
    )
    columns = ("asked", "chosen", "picks", "exposures", "picks_per_exposure")
    return Chart(
        "confusion-chart",
        heat_map(drawn),
        _confusion_summary(found),
        _("Which words are taken for which?"),
        "confusion",
        columns,
        pairs,
    )


def _pair(y: int, x: int, pair: Pair, as_counts: bool) -> Place:
    if pair.rate is None:
        return Place(y, x, None, "", _("never offered"))
    share = formats.percent(pair.rate, pair.exposures)
    hover = _(
        "asked <b>%(asked)s</b>, chosen <b>%(chosen)s</b><br>%(picks)s of %(n)s exposures,"
        " %(share)s"
    ) % {
        "asked": word_label(pair.asked),
        "chosen": word_label(pair.chosen),
        "picks": pair.picks,
        "n": pair.exposures,
        "share": share,
    }
    value = float(pair.picks) if as_counts else pair.rate
    text = str(pair.picks) if as_counts else share[:-1]
    return Place(y, x, value, text, hover, is_framed=pair.is_own)


def _confusion_summary(found: Confusions) -> str:
    if not found.strongest:
        return _("Heat map of %(words)s words: no word was taken for another.") % {
            "words": len(found.columns)
        }
    most = found.strongest[0]
    return _(
        "Heat map of %(words)s asked and %(offered)s chosen words. The strongest confusion: images"
        " of %(chosen)s were taken for %(asked)s in %(picks)s of %(n)s exposures. The table has the"
        " same figures."
    ) % {
        "words": len(found.rows),
        "offered": len(found.columns),
        "chosen": word_label(most.chosen),
        "asked": word_label(most.asked),
        "picks": most.picks,
        "n": most.exposures,
    }


def accuracy_map(found: Suitability) -> Chart:
    """Words by photographs."""
    labels = [word_label(table.word) for table in found.words]
    places, rows = [], []
    for y, table in enumerate(found.words):
        for x, (content, estimate) in enumerate(zip(found.contents, table.accuracies, strict=True)):
            if estimate is None:
                places.append(Place(y, x, None, "", _("not asked")))
                continue
            rows.append((labels[y], content.name, *estimate_row(estimate)))
            places.append(_accuracy(y, x, estimate, f"<b>{labels[y]}</b> {content.name}"))
    drawn = HeatMap(
        rows=tuple(labels),
        columns=tuple(content.name for content in found.contents),
        places=tuple(places),
        title=_("correct answers"),
        is_share=True,
        top=1.0,
        cell=(56, 30),
    )
    return Chart(
        "accuracy-map",
        heat_map(drawn),
        _("Heat map of the accuracy of %(words)s words on %(contents)s photographs. The table has"
          " the same figures.") % {"words": len(labels), "contents": len(found.contents)},
        _("Accuracy of each word on each photograph"),
        "accuracy",
        ("word", "content", *ESTIMATE_COLUMNS),
        tuple(rows),
    )  # fmt: skip


def _accuracy(y: int, x: int, estimate: object, head: str) -> Place:
    if not isinstance(estimate, Proportion):
        return Place(y, x, None, "", f"{head}<br>{_('No answers yet.')}")
    share = formats.percent(estimate.accuracy, estimate.n)
    told = _("%(correct)s of %(n)s correct, %(share)s; chance %(chance)s") % {
        "correct": estimate.correct,
        "n": estimate.n,
        "share": share,
        "chance": formats.percent(estimate.chance, 1),
    }
    return Place(y, x, estimate.accuracy, share, f"{head}<br>{told}")


def cluster_map(table: WordTable) -> Chart:
    """A word's clusters, and images of other words, by photographs: shares of the answers."""
    labels = [
        _("other words") if line.cluster is None else _("cluster %(k)s") % {"k": line.cluster}
        for line in table.lines
    ]
    places, rows = [], []
    for y, line in enumerate(table.lines):
        for x, (content, cell) in enumerate(zip(table.contents, line.cells, strict=True)):
            rows.append(
                (labels[y], content.name, cell.votes, cell.answers, cell.share,
                 cell.colour_distance, cell.style_distance)
            )  # fmt: skip
            if cell.share is None:
                places.append(Place(y, x, None, "", _("No answers yet.")))
                continue
            share = formats.percent(cell.share, cell.answers)
            told = _("%(votes)s of %(n)s answers, %(share)s")
            told %= {"votes": cell.votes, "n": cell.answers, "share": share}
            hover = f"<b>{labels[y]}</b> {content.name}<br>{told}"
            places.append(Place(y, x, cell.share, share, hover))
    drawn = HeatMap(
        rows=tuple(labels),
        columns=tuple(content.name for content in table.contents),
        places=tuple(places),
        title=_("share of the answers"),
        is_share=True,
        top=1.0,
        cell=(56, 36),
    )
    word = word_label(table.word)
    return Chart(
        "cluster-map",
        heat_map(drawn),
        _("Heat map of the shares of votes of the clusters of %(word)s on %(contents)s"
          " photographs. The table has the same figures.")
        % {"word": word, "contents": len(table.contents)},
        _("Votes for the images of %(word)s") % {"word": word},
        f"votes-{table.word.reading}",
        ("cluster", "content", "votes", "answers", "share", "colour_distance", "style_distance"),
        tuple(rows),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """A value against a share, and what is told of it."""

    x: float
    share: float
    told: str


def measure_chart(measure: Measure, place: int, rows: Sequence[StimulusRow]) -> Chart:
    """A measure of each stimulus against its share of votes."""
    known = [row for row in rows if row.values[place] is not None]
    points = [
        Point(row.values[place] or 0.0, row.share, _told(row, _number(row.values[place])))
        for row in known
    ]
    title = _("%(measure)s and votes") % {"measure": measure.name}
    return Chart(
        f"measure-{measure.field}",
        _scatter(points, x=axes.axis(str(measure.axis)), y=_("share of votes")),
        _scatter_summary(title, len(points)),
        title,
        measure.field,
        (*_STIMULUS, measure.field),
        tuple((*_stimulus(row), row.values[place]) for row in known),
    )


def machine_chart(found: Machine) -> Chart:
    """The classifier's score of each stimulus against its share of votes."""
    points = [
        Point(row.score or 0.0, row.share, _told(row, formats.percent(row.score or 0.0, 1)))
        for row in found.rows
    ]
    x = axes.axis(
        _("classifier’s probability of the word"),
        range=[-0.03, 1.03], tickformat=".0%", dtick=0.25,
    )  # fmt: skip
    title = _("The machine’s score and people’s votes")
    return Chart(
        "machine-chart",
        _scatter(points, x=x, y=_("share of votes")),
        _scatter_summary(title, len(points)),
        title,
        "machine",
        (*_STIMULUS, "score", "seen"),
        tuple(
            (*_stimulus(row), row.score, row.seen.reading if row.seen else None)
            for row in found.rows
        ),
    )


_STIMULUS = ("word", "content", "condition", "cluster", "votes", "offers", "share")


def _stimulus(row: StimulusRow) -> tuple[object, ...]:
    return (
        row.word.reading, row.content.name, row.condition, row.cluster, row.votes, row.offers,
        row.share,
    )  # fmt: skip


def _told(row: StimulusRow, value: str) -> str:
    share = formats.percent(row.share, row.offers)
    told = _("%(votes)s of %(n)s answers, %(share)s")
    told %= {"votes": row.votes, "n": row.offers, "share": share}
    name = f"<b>{word_label(row.word)}</b> {row.content.name} {row.cluster}"
    return f"{' '.join([name, row.condition]).strip()}<br>{told}<br>{value}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _scatter(points: Sequence[Point], *, x: dict[str, Any], y: str) -> dict[str, Any]:
    import plotly.graph_objects as go  # most of a second, which other pages need not wait for

    top = max((point.share for point in points), default=1.0) or 1.0
    figure = go.Figure(
        layout=axes.frame(
            x, axes.axis(y, range=[-0.03 * top, 1.06 * top], tickformat=".0%", nticks=6)
        )
    )
    figure.add_trace(
        go.Scatter(
            mode="markers",
            showlegend=False,
            x=[point.x for point in points],
            y=[point.share for point in points],
            marker={
                "size": 8,
                "color": "var(--accent)",
                "opacity": 0.55,
                "line": {"width": 1, "color": "var(--surface)"},
            },
            customdata=[point.told for point in points],
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
        )
    )
    return dict(figure.to_plotly_json())


def _scatter_summary(title: str, n: int) -> str:
    return _("Scatter chart: %(title)s, %(n)s images. The table has the same figures.") % {
        "title": title,
        "n": n,
    }
