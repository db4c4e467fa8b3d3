"""The sections that look closer: confusions, agreement, carelessness, times, positions."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analysis import formats
from analysis.charts import word_label
from analysis.report import findings, text
from analysis.report.accuracies import Overall
from analysis.report.build import Report
from analysis.report.layout import Section, Table
from analysis.standing import Shows
from analysis.stats.agreement import Agreement, By
from analysis.stats.careless import Rules
from analysis.stats.intervals import NotEstimable
from analysis.stats.reliability import RandomSplits, Reliability
from analysis.stats.times import Times


def confusions(report: Report) -> Section:
    found = report.results.confusions
    title = _("Which words are taken for which?")
    standing = report.standing(Shows.OTHER)
    if isinstance(found, NotEstimable):
        return Section("confusions", title, standing, paragraphs=(sentence(found),))
    rows = tuple(
        (
            word_label(report.labels[pair.asked]),
            word_label(report.labels[pair.chosen]),
            str(pair.count),
            formats.why_not(pair.rate)
            if isinstance(pair.rate, NotEstimable)
            else formats.reported(pair.rate),
        )
        for pair in found
    )
    head = (_("Asked"), _("Chosen instead"), _("Times"), _("Per offer"))
    return Section(
        name="confusions",
        title=title,
        standing=standing,
        paragraphs=() if rows else (_("No word was taken for another."),),
        tables=(Table(_("The most frequent confusions"), head, rows, names=2),) if rows else (),
        method=_("“Per offer” is how often such an image was chosen when one was offered."),
    )


def agreement(report: Report) -> Section:
    rows = tuple((_by(by), *_agreement(found)) for by, found in report.results.agreements)
    head = (
        _("Two people agree when they chose"), _("Observed"), _("Krippendorff’s alpha (95%)"),
        _("Fleiss’ kappa (95%)"), _("People"), _("Questions"),
    )  # fmt: skip
    return Section(
        name="agreement",
        title=_("Do people agree?"),
        standing=report.standing(Shows.OTHER),
        tables=(
            Table(_("Agreement between people"), head, rows),
            Table(
                _("Reliability of the words’ accuracies"),
                (_("Coefficient"), _("Value")),
                tuple(_reliability(report.results.reliability)),
            ),
        ),
        method=_(
            "Agreement is of pairs of people within questions, with bootstrap intervals over "
            "questions. Reliability says whether other people would put the words in the same "
            "order."
        ),
    )


def _by(by: By) -> str:
    return {
        By.CORRECT: _("both correctly, or both not"),
        By.IMAGE: _("the same image"),
        By.WORD: _("images of the same word"),
        By.CLUSTER: _("the same cluster of the asked word, or both another word"),
    }[by]


def _agreement(found: Agreement | NotEstimable) -> tuple[str, ...]:
    if isinstance(found, NotEstimable):
        return (formats.why_not(found), "–", "–", "–", "–")
    return (
        formats.reported(found.observed),
        findings.coefficient_with(found.alpha, found.alpha_interval),
        findings.coefficient_with(found.kappa, found.kappa_interval),
        str(found.people),
        str(found.questions),
    )


def _reliability(found: Reliability | NotEstimable) -> Iterator[tuple[str, str]]:
    if isinstance(found, NotEstimable):
        yield _("Split halves"), formats.why_not(found)
        return
    yield _("Odd and even people, Spearman-Brown"), text.coefficient(found.odd_even)
    random = found.random
    if isinstance(random, RandomSplits):
        low, high = formats.decimals(random.low), formats.decimals(random.high)
        shown = f"{formats.decimals(random.mean)} [{low}, {high}]"
    else:
        shown = formats.why_not(random)
    yield _("Random halves, mean and range of 95%"), shown
    yield _("Cronbach’s alpha, people as items"), text.coefficient(found.alpha)


def careless(report: Report) -> Section:
    found = report.results.careless
    flagged = tuple((_rule(name, found.flags.rules), str(number)) for name, number in found.flagged)
    rows = (
        (_("everybody"), *_overall(found.everybody)),
        (_("without the flagged"), *_overall(found.others)),
    )
    head = (
        _("Counted"),
        _("People"),
        _("Answers"),
        _("Accuracy"),
        _("Interval over people at 95%"),
    )
    return Section(
        name="careless",
        title=_("Does it matter who looked carelessly?"),
        standing=report.standing(Shows.OTHER),
        tables=(
            Table(_("People flagged by each rule"), (_("Rule"), _("People")), flagged),
            Table(_("Accuracy with and without the flagged people"), head, rows),
        ),
        method=_(
            "Flags mark who may not have looked; accuracy is no rule. Nobody is deleted. Both "
            "figures are before any filter leaves out careless people."
        ),
    )


def _rule(name: str, rules: Rules) -> str:
    """What it looks at, and from where on it flags."""
    label, threshold = {
        "too_fast": (_("answers below %(ms)s ms") % {"ms": f"{rules.fast_ms:g}"}, _share(rules)),
        "missed_catches": (_("failed catch questions"), _used("≥", rules.failed_catches)),
        "long_run": (_("a long run of one position"), _used("p <", rules.run_alpha)),
        "position_bias": (_("positions used unequally"), _used("p <", rules.position_alpha)),
        "disagrees": (_("little agreement with others"), _used("z ≤", rules.agreement_z)),
    }[name]
    return f"{label} ({threshold or _('not used')})"


def _share(rules: Rules) -> str:
    """Empty where the rule is not used."""
    is_used = math.isfinite(rules.fast_share)
    return f"≥ {formats.percent(rules.fast_share, 1)}" if is_used else ""


def _used(relation: str, threshold: float) -> str:
    """Empty for one that nobody meets."""
    is_used = math.isfinite(threshold) and 0 != threshold < sys.maxsize
    return f"{relation} {threshold:g}".replace("-", "−") if is_used else ""


def _overall(overall: Overall) -> tuple[str, ...]:
    estimate = overall.estimate
    if isinstance(estimate, NotEstimable):
        return (str(overall.people), "0", formats.why_not(estimate), "–")
    interval = overall.interval
    return (
        str(overall.people),
        str(overall.answers),
        formats.reported(estimate.accuracy),
        formats.why_not(interval)
        if isinstance(interval, NotEstimable)
        else formats.interval(interval, 1000),
    )


def times(report: Report) -> Section:
    found = report.results.times
    title = _("How long do people look?")
    standing = report.standing(Shows.OTHER)
    if isinstance(found, NotEstimable):
        return Section("times", title, standing, paragraphs=(sentence(found),))
    head = (_("Response time"), pgettext("unit", "seconds"))
    table = Table(_("Response times"), head, tuple(_times(found)))
    return Section(
        name="times",
        title=title,
        standing=standing,
        tables=(table,),
        method=_(
            "From every image decoded to the last choice, of %(n)s timed answers; %(missing)s of "
            "all answers have no time."
        )
        % {"n": found.n, "missing": formats.reported(found.missing)},
    )


def _times(found: Times) -> Iterator[tuple[str, str]]:
    yield _("median"), _seconds(found.median)
    yield _("quartiles"), f"{_seconds(found.q1)}–{_seconds(found.q3)}"
    yield _("geometric mean"), _seconds(found.geometric_mean)
    yield _("median of correct answers"), _seconds(found.median_correct)
    yield _("median of wrong answers"), _seconds(found.median_error)


def _seconds(ms: float | NotEstimable) -> str:
    return formats.why_not(ms) if isinstance(ms, NotEstimable) else f"{ms / 1000:.2f}"


def positions(report: Report) -> Section:
    found = report.results.positions
    title = _("Are places of the grid preferred?")
    standing = report.standing(Shows.OTHER)
    if isinstance(found, NotEstimable):
        return Section("positions", title, standing, paragraphs=(sentence(found),))
    total = sum(found.counts)
    rows = tuple(
        (str(place + 1), str(count), formats.reported(count / total))
        for place, count in enumerate(found.counts)
    )
    tested = _("Pearson’s test of equal use: χ²(%(df)s) = %(chi2)s") % {
        "df": found.df,
        "chi2": formats.decimals(found.chi2),
    }
    p = f", {text.p_text(found.p)}" if report.shows_p else ""
    return Section(
        name="positions",
        title=title,
        standing=standing,
        paragraphs=(f"{tested}{p}.",),
        tables=(
            Table(
                _("Choices of each place, row by row from the upper left"),
                (_("Place"), _("Chosen"), _("Share")),
                rows,
            ),
        ),
        method=_("The test takes answers as independent: one person can make it significant."),
    )


def sentence(found: NotEstimable) -> str:
    """Why a section has no figures."""
    return f"{formats.why_not(found).capitalize()}."
