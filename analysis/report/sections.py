"""The sections of results about words and content images."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analysis import formats, stats
from analysis.charts import word_label
from analysis.report import findings, planned, svg, text
from analysis.report.accuracies import Estimate, Group
from analysis.report.build import Report
from analysis.report.heat import shade
from analysis.report.layout import HeatCell, HeatMap, Section, Table
from analysis.standing import Shows
from analysis.stats.intervals import NotEstimable


def overall(report: Report) -> Section:
    found = report.results.accuracies
    return Section(
        name="overall",
        title=_("Overall accuracy"),
        standing=report.standing(Shows.OVERALL),
        paragraphs=(
            findings.headline(found.overall, is_mixed=found.is_mixed, shows_p=report.shows_p),
        ),
    )


def words(report: Report) -> Section:
    groups = report.results.accuracies.words
    names = [word_label(report.labels[group.index]) for group in groups]
    return Section(
        name="words",
        title=_("Which words are recognised?"),
        standing=report.standing(Shows.WORDS),
        charts=_chart(report, "words-chart", _("Accuracy of each word"), names, groups),
        tables=(_table(report, _("Accuracy of each word"), _("Word"), names, groups),),
        method=_(
            "Intervals are Wilson’s at 95%, of independent answers. p is exact and one-sided "
            "against guessing; adjusted by Holm’s method over the words. e is the e-value, valid "
            "at every look. d′ is of targets among distractors."
        ),
    )


def contents(report: Report) -> Section:
    groups = report.results.accuracies.contents
    names = [report.results.answers.contents[group.index] for group in groups]
    return Section(
        name="contents",
        title=_("Which content images carry the words?"),
        standing=report.standing(Shows.OTHER),
        charts=_chart(report, "contents-chart", _("Accuracy of each content image"), names, groups),
        tables=(
            _table(report, _("Accuracy of each content image"), _("Content image"), names, groups),
        ),
        heat=heat(report),
    )


def heat(report: Report) -> HeatMap | None:
    """Words x content images; None before the first answer."""
    found = report.results.accuracies
    if not found.overall.answers:
        return None
    names = [report.results.answers.contents[group.index] for group in found.contents]
    return HeatMap(
        caption=_("Accuracy of each word on each content image, with the number of answers"),
        head=(_("Word"), *names),
        rows=tuple(
            (word_label(report.labels[group.index]), tuple(map(_heat_cell, row)))
            for group, row in zip(found.words, found.pairs, strict=True)
        ),
    )


def _heat_cell(estimate: Estimate | None) -> HeatCell:
    if isinstance(estimate, stats.Proportion):
        share = estimate.accuracy
        return HeatCell(formats.reported(share), str(estimate.n), shade(share))
    return HeatCell("–", "", None)


def conditions(report: Report) -> Section | None:
    found = report.results.conditions
    if not found:
        return None
    rows = tuple(
        (
            condition.name,
            *_estimate(condition.estimate),
            _mean(condition.mean),
            planned.difference(condition.difference),
        )
        for condition in found
    )
    head = (
        _("Condition"), _("Accuracy"), _("Interval at 95%"), _("Correct"), "n", _("Chance"),
        _("Mean of people, interval at 95%"), _("Difference from the first"),
    )  # fmt: skip
    return Section(
        name="conditions",
        title=_("Do the conditions differ?"),
        standing=report.standing(Shows.CONDITIONS),
        tables=(Table(_("Accuracy of each condition"), head, rows),),
        method=_(
            "Differences have people as units: where everybody answered all conditions, the mean "
            "of people’s own differences with a t interval; else Welch’s."
        ),
    )


def _mean(mean: stats.PeopleMean | NotEstimable) -> str:
    if isinstance(mean, NotEstimable):
        return formats.why_not(mean)
    return f"{formats.reported(mean.mean)} ({formats.interval(mean.interval, 1000)})"


def _estimate(estimate: Estimate) -> tuple[str, ...]:
    """Accuracy, interval, correct, n and chance."""
    if isinstance(estimate, NotEstimable):
        return (formats.why_not(estimate), "–", "–", "0", "–")
    return (
        formats.reported(estimate.accuracy),
        formats.interval(estimate.interval, 1000),
        str(estimate.correct),
        str(estimate.n),
        formats.reported(estimate.chance),
    )


def _table(
    report: Report, caption: str, name: str, names: Sequence[str], groups: Sequence[Group]
) -> Table:
    tests = ("p", _("p (Holm)")) if report.shows_p else ()
    head = (
        name, _("Accuracy"), _("Interval at 95%"), _("Correct"), "n", _("Chance"), "e", *tests,
        "d′",
    )  # fmt: skip
    rows = tuple(
        (
            label,
            *_estimate(group.estimate),
            _known(group.evidence, findings.evidence),
            *((_known(group.p, _p), _known(group.p_holm, _p)) if report.shows_p else ()),
            _known(group.dprime, text.coefficient),
        )
        for label, group in zip(names, groups, strict=True)
    )
    return Table(caption, head, rows)


def _known(value: object, shown: object) -> str:
    """A dash for what needs answers where there are none; the first column says so."""
    if isinstance(value, NotEstimable) and value.reason == stats.Reason.NO_ANSWERS:
        return "–"
    return str(shown(value))  # type: ignore[operator]


def _p(value: float | NotEstimable) -> str:
    return formats.why_not(value) if isinstance(value, NotEstimable) else formats.p_value(value)


def _chart(
    report: Report, name: str, title: str, names: Sequence[str], groups: Sequence[Group]
) -> tuple[svg.SafeString, ...]:
    drawn = [_bar(label, group.estimate) for label, group in zip(names, groups, strict=True)]
    shown = [bar for bar in drawn if bar.share is not None]
    if not shown:
        return ()
    best = max(shown, key=lambda bar: bar.share or 0)
    summary = _(
        "Bars with 95%% intervals; the best recognised is %(name)s, %(note)s. The table has the "
        "same figures."
    ) % {"name": best.label, "note": best.note}
    chance = _("chance %(chance)s") % {"chance": formats.reported(shown[0].chance)}
    return (svg.bars(drawn, name=name, title=title, summary=summary, chance=chance),)


def _bar(label: str, estimate: Estimate) -> svg.Bar:
    if isinstance(estimate, NotEstimable):
        return svg.Bar(label, None, 0, 0, 0, "–")
    note = f"{formats.reported(estimate.accuracy)} n {estimate.n}"
    interval = estimate.interval
    return svg.Bar(label, estimate.accuracy, interval.low, interval.high, estimate.chance, note)
