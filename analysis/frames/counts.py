"""Questions, answers and people, counted."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from analysis.frames.tables import (
    Cell,
    Content,
    GivenAnswer,
    OriginCount,
    People,
    Score,
    picture_of,
    word_label,
)
from survey.models import Participant, Question, Study, Trial
from survey.querysets import TrialQuerySet


def counted_trials(study: Study, condition: str = "") -> TrialQuerySet:
    trials = Trial.objects.answered().filter(
        participant__study=study,
        participant__origin__in=study.counted_origins,
        question__version=study.composition,
    )
    return trials.filter(question__recipe__name=condition) if condition else trials


def cells(study: Study) -> list[Cell]:
    """Every question of the study in its order, in two queries."""
    questions = (
        Question.objects.filter(study=study, version=study.composition)
        .select_related("word", "content", "recipe")
        .annotate(
            n_options=Count("options"),
            n_targets=Count("options", filter=Q(options__is_target=True)),
        )
        .order_by("index")
    )
    tally = {
        row["question_id"]: (row["answers"], row["correct"])
        for row in counted_trials(study)
        .values("question_id")
        .annotate(answers=Count("pk"), correct=Count("pk", filter=Q(chosen__is_target=True)))
    }
    return [
        Cell(
            index=question.index,
            word=word_label(question.word),
            content=Content(question.content.name, picture_of(question.content)),
            condition=question.recipe.name if question.recipe else None,
            targets=question.n_targets,
            options=_offered(study, question),
            answers=tally.get(question.pk, (0, 0))[0],
            correct=tally.get(question.pk, (0, 0))[1],
        )
        for question in questions
    ]


def _offered(study: Study, question: Any) -> int:
    """Images in one grid; where distractors are redrawn, a question has more to draw from."""
    is_drawn = study.distractors == Study.Distractors.REDRAWN and question.word
    return study.options if is_drawn else int(question.n_options)


def answers(study: Study) -> list[GivenAnswer]:
    """Every counted answer to a question about a word."""
    rows = (
        counted_trials(study)
        .filter(question__kind=Question.Kind.WORD)
        .order_by()
        .values_list("participant_id", "question__index", "chosen__is_target")
    )
    return [GivenAnswer(*row) for row in rows]


def scores(study: Study, condition: str = "") -> list[Score]:
    """Correct and all counted answers to word questions, person by person."""
    rows = (
        counted_trials(study, condition)
        .filter(question__kind=Question.Kind.WORD)
        .values("participant_id")
        .annotate(answers=Count("pk"), correct=Count("pk", filter=Q(chosen__is_target=True)))
    )
    return [(row["correct"], row["answers"]) for row in rows]


def people(study: Study, condition: str = "") -> People:
    """Who is behind the counted answers."""
    rows = dict(
        counted_trials(study, condition)
        .values_list("participant__origin")
        .annotate(people=Count("participant", distinct=True))
    )
    return People(sum(rows.values()), rows.get(Participant.Origin.BOT, 0))


def origins(study: Study, condition: str = "") -> list[OriginCount]:
    """Who came, counted or not, in the order of the origins.

    Between people, those of the condition; within people, everybody came for each.
    """
    came = Participant.objects.filter(study=study)
    if condition and study.design == Study.Design.BETWEEN:
        came = came.filter(condition__name=condition)
    rows = {
        row["origin"]: row
        for row in came.values("origin").annotate(
            started=Count("pk"), complete=Count("finished_at")
        )
    }
    return [
        OriginCount(
            label=str(origin.label),
            counted=origin in study.counted_origins,
            started=rows[origin]["started"],
            complete=rows[origin]["complete"],
        )
        for origin in Participant.Origin
        if origin in rows
    ]
