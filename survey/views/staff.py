"""What researchers look at before participants do; it leaves no trace."""

from __future__ import annotations

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from survey.design import place_options
from survey.models import Question, Study
from survey.services.composition import composition
from survey.views.common import speak
from survey.views.grid import cells_of, heading_of, show_grid


@never_cache
@require_safe
@staff_member_required
def preview(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    """A question as participants see it, without a participant; the next and the one before."""
    study = get_object_or_404(Study.objects.of(request.user), slug=slug)
    speak(study.languages)
    row = get_object_or_404(Question.objects.in_force(), study=study, index=index)
    asked = composition(study).questions[row.pk]
    offered = sorted(asked.stimuli)
    if not asked.is_catch and len(offered) > study.options:  # distractors redrawn: an example
        others = [pk for pk in offered if pk not in asked.targets]
        beside = place_options(options=others, seed=f"{study.seed}:{index}")
        offered = [*sorted(asked.targets), *beside[: study.options - len(asked.targets)]]
    order = place_options(options=offered, seed=f"{study.seed}:preview:{index}")
    total = study.questions.in_force().count()
    question = {"heading": heading_of(asked), "number": index + 1, "total": total}
    return show_grid(
        request, study, "survey/preview.html", cells_of(asked.stimuli[pk] for pk in order),
        question=question, total=total, before=index - 1,
        after=index + 1 if index + 1 < total else None,
        switch_language=len(study.languages) > 1,
    )  # fmt: skip
