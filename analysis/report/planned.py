"""The primary outcome of a frozen plan, computed as it was planned."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analysis import formats, stats
from analysis.frames import WordLabel
from analysis.plan import Plan
from analysis.report import text
from analysis.report.accuracies import Group, adjusted
from analysis.report.results import Results
from analysis.stats.intervals import NotEstimable
from survey.models import AnalysisPlan


def outcome(
    plan: Plan, results: Results, labels: Sequence[WordLabel], *, shows_p: bool
) -> list[str]:
    """A sentence for each test of the plan."""
    kind = AnalysisPlan.Outcome
    if plan.outcome == kind.CONDITIONS:
        return _conditions(results)
    if not shows_p:
        return [
            _(
                "The planned test is made when the study is over; until then its p values are "
                "hidden."
            )
        ]
    if plan.outcome == kind.OVERALL:
        return [_overall(plan, results)]
    groups = results.accuracies.words
    if plan.outcome == kind.NAMED:
        groups = tuple(g for g in groups if labels[g.index].reading in plan.words)
    return _words(plan, groups, labels, counts=plan.outcome == kind.WORDS)


def _overall(plan: Plan, results: Results) -> str:
    """People as units: Student's test of their accuracies minus chance."""
    overall = results.accuracies.overall
    test = overall.people_test
    if isinstance(test, NotEstimable) or isinstance(overall.mean, NotEstimable):
        reason = test if isinstance(test, NotEstimable) else overall.mean
        return _("The planned test is %(why)s.") % {"why": formats.why_not(reason)}  # type: ignore[arg-type]
    shown = {
        "mean": formats.reported(overall.mean.mean),
        "interval": formats.interval(overall.mean.interval, 1000),
        "df": test.df,
        "t": formats.decimals(test.t),
        "p": text.p_text(test.p_greater),
        "alpha": f"{plan.alpha:g}",
    }
    if test.p_greater < plan.alpha:
        return (
            _(
                "The mean accuracy of participants, %(mean)s (95%% CI %(interval)s), is above "
                "chance: t(%(df)s) = %(t)s, one-sided %(p)s, alpha %(alpha)s."
            )
            % shown
        )
    return (
        _(
            "The mean accuracy of participants, %(mean)s (95%% CI %(interval)s), is not above "
            "chance: t(%(df)s) = %(t)s, one-sided %(p)s, alpha %(alpha)s."
        )
        % shown
    )


def _words(
    plan: Plan, groups: Sequence[Group], labels: Sequence[WordLabel], *, counts: bool
) -> list[str]:
    p = adjusted(groups, plan.correction.value)
    above = [group for group in groups if p.get(group.index, 1.0) < plan.alpha]
    shown = {
        "found": len(above),
        "all": text.words(len(p)),
        "alpha": f"{plan.alpha:g}",
        "correction": plan.correction.label,
    }
    lines = [_("%(found)s of %(all)s are above chance (alpha %(alpha)s, %(correction)s).") % shown]
    listed = above if counts else groups
    return lines + [_word(group, labels[group.index], p.get(group.index)) for group in listed]


def _word(group: Group, label: WordLabel, p: float | None) -> str:
    estimate = group.estimate
    if isinstance(estimate, NotEstimable) or p is None:
        why = estimate if isinstance(estimate, NotEstimable) else group.p
        return f"{text.named(label)}: {formats.why_not(why)}"  # type: ignore[arg-type]
    return _("%(word)s: %(accuracy)s (%(correct)s of %(n)s; 95%% CI %(interval)s), %(p)s.") % {
        "word": text.named(label),
        "accuracy": formats.reported(estimate.accuracy),
        "correct": estimate.correct,
        "n": estimate.n,
        "interval": formats.interval(estimate.interval, 1000),
        "p": text.p_text(p),
    }


def _conditions(results: Results) -> list[str]:
    return [
        _("The accuracy in %(condition)s minus that in %(baseline)s was %(difference)s.")
        % {
            "condition": condition.name,
            "baseline": results.conditions[0].name,
            "difference": difference(condition.difference),
        }
        for condition in results.conditions
        if condition.difference is not None
    ]


def difference(found: stats.Difference | NotEstimable | None) -> str:
    """+12.3 points (95 % CI +2.1 to +22.5), or why there is none; "" for the baseline."""
    if found is None:
        return ""
    if isinstance(found, NotEstimable):
        return formats.why_not(found)
    value = _("%(points)s points") % {"points": formats.points(found.value, 1000)}
    if isinstance(found.interval, NotEstimable):
        return f"{value}, {formats.why_not(found.interval)}"
    return _("%(value)s (95%% CI %(interval)s)") % {
        "value": value,
        "interval": formats.points_interval(found.interval, 1000),
    }
