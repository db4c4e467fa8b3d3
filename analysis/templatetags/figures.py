"""Figures in templates."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from analysis import formats
from analysis.frames import VoteRow
from analysis.reports import CellEstimate
from analysis.stats import NotEstimable, Proportion

register = template.Library()

register.filter("percent", formats.percent)
register.filter("interval", formats.interval)
register.filter("p_value", formats.p_value)
register.filter("p_relation", formats.p_relation)
register.filter("why_not", formats.why_not)
register.filter("reported", formats.reported)
register.filter("decimals", formats.decimals)
register.filter("evidence", formats.evidence)
register.filter("points", formats.points)
register.filter("points_interval", formats.points_interval)
register.filter("seconds", formats.seconds)


@register.filter
def estimable(figure: object) -> bool:
    return not isinstance(figure, NotEstimable)


@register.filter
def accuracy(figure: Proportion) -> str:
    return formats.percent(figure.accuracy, figure.n)


@register.filter
def wilson(figure: Proportion) -> str:
    return formats.interval(figure.interval, figure.n)


@register.filter
def chance(figure: Proportion) -> str:
    return formats.percent(figure.chance, figure.n)


@register.filter
def beside(row: VoteRow, columns: Sequence[CellEstimate]) -> list[tuple[CellEstimate, object]]:
    """A row's images, each with its column."""
    return list(zip(columns, row.stimuli, strict=True))


@register.simple_tag
def share_of(votes: int, answers: int) -> str:
    """Votes in percent of the answers; nothing where there were none."""
    return formats.percent(votes / answers, answers) if answers else ""
