"""The page of power and sample size, before a study and while it runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from analysis import sample_size as sizes
from analysis.power_charts import points, power_chart
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.planning import word_scores, words_design_effect
from analysis.stats.power import critical_count
from analysis.views.keeping import pairs_of
from analysis.views.scope import Scope, page, scope_of, show
from survey.models import AnalysisPlan, Study

_ALPHA, _ACCURACY = 0.05, 50
_ROWS = 12


class SizeForm(forms.Form):
    """What a test is planned for; the accuracy is in percent."""

    alpha = forms.FloatField(label=_("alpha"), min_value=0.0001, max_value=0.49)
    words = forms.IntegerField(label=_("words in the correction"), min_value=1, max_value=1000)
    accuracy = forms.FloatField(label=_("accuracy to detect (%)"), min_value=1, max_value=100)


@page
def sample_size(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    design = _design(scope)
    usual = _usual(scope, design)
    form = SizeForm({name: request.GET.get(name) or value for name, value in usual.items()})
    wanted = _wanted(form, usual)
    now, effect = len(scope.selected.people), scope.selected.once(words_design_effect)
    factor = 1.0 if isinstance(effect, NotEstimable) else effect
    found = sizes.rows(design, wanted, people=now, effect=factor)
    return show(
        request,
        "sample_size",
        scope,
        form=form,
        kept=pairs_of(request),
        is_own=any(request.GET.get(name) for name in form.fields),
        wanted=wanted,
        design=design,
        now=now,
        answers_now=now * design.per_person,
        critical=_critical(design, wanted, now * design.per_person),
        effect=effect,
        rows=found,
        plan=scope.plan,
        **_chart(scope, design, wanted, found, factor),
        **_evidence(scope, wanted),
    )


def _design(scope: Scope) -> sizes.Design:
    """Of the condition that is looked at, or of all."""
    asked = [
        question
        for question in scope.frame.layout.asked
        if not scope.condition or question.condition == scope.condition
    ]
    is_between = scope.study.design == Study.Design.BETWEEN
    return sizes.design_of(asked, options=scope.study.options, is_between=is_between)


def _usual(scope: Scope, design: sizes.Design) -> dict[str, float]:
    """The plan's values, or what most studies take."""
    start: dict[str, float] = {"alpha": _ALPHA, "words": design.words, "accuracy": _ACCURACY}
    if scope.plan:
        start |= {"alpha": scope.plan.alpha, "words": _tested(scope.plan, design)}
    return start


def _tested(plan: Any, design: sizes.Design) -> int:
    """How many tests the plan corrects for."""
    if plan.correction == AnalysisPlan.Correction.NONE:
        return 1
    return len(plan.words) if plan.outcome == AnalysisPlan.Outcome.NAMED else design.words


def _wanted(form: SizeForm, usual: dict[str, float]) -> sizes.Wanted:
    """What is asked for; what cannot be is marked in the form, and the usual is shown."""
    form.full_clean()
    given = usual | form.cleaned_data
    return sizes.Wanted(given["alpha"], int(given["words"]), given["accuracy"] / 100)


def _critical(design: sizes.Design, wanted: sizes.Wanted, answers: int) -> int | NotEstimable:
    """How many of the answers there are now have to be correct for a word to be significant."""
    if not 0 < design.chance < 1:
        return NotEstimable(Reason.CERTAIN_CHANCE)
    return critical_count(answers, design.chance, wanted.strictest)


def _chart(
    scope: Scope,
    design: sizes.Design,
    wanted: sizes.Wanted,
    found: list[sizes.AccuracyRow] | NotEstimable,
    effect: float,
) -> dict[str, object]:
    if isinstance(found, NotEstimable):
        return {}
    now, planned = len(scope.selected.people), scope.plan.people if scope.plan else 0
    most = sizes.horizon(found, people=now, planned=planned)
    curves = sizes.curves(design, wanted, most=most, effect=effect)
    if not curves:
        return {}
    every = points(curves)
    step = max(1, len(every) // _ROWS)
    return {
        "chart": power_chart(curves, now=now),
        "curves": curves,
        "points": every[step - 1 :: step],
    }


def _evidence(scope: Scope, wanted: sizes.Wanted) -> dict[str, object]:
    layout = scope.frame.layout
    scores = scope.selected.once(word_scores)
    asked = sorted({question.word for question in layout.asked})
    labels = [layout.words[word] for word in asked]
    rows = sizes.evidence(labels, [scores[word] for word in asked], wanted)
    return {"evidence": rows, "enough": sum(row.is_enough for row in rows)}
