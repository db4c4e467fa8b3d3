"""Questions, answers and people, counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.frames.selected import Selected
from analysis.frames.tables import Cell, GivenAnswer, OriginCount, People, Score
from survey.models import Participant, Study


def cells(selected: Selected) -> list[Cell]:
    """Every question of the study, or of the condition that is selected, in its order."""
    layout, condition = selected.frame.layout, selected.selection.condition
    votes, options = selected.votes, layout.options
    correct = np.bincount(
        options.question, weights=votes * options.is_target, minlength=len(layout.cells)
    )
    counted = zip(layout.cells, selected.answered.tolist(), correct.tolist(), strict=True)
    return [
        replace(cell, answers=answers, correct=int(right))
        for cell, answers, right in counted
        if not condition or cell.condition == condition
    ]


def answers(selected: Selected) -> list[GivenAnswer]:
    """Every counted answer to a question about a word."""
    layout, given = selected.frame.layout, selected.answers
    index = np.array([cell.index for cell in layout.cells])[layout.number]
    return [
        GivenAnswer(*row)
        for row in zip(
            selected.frame.people.pk[given.person].tolist(),
            index[given.question].tolist(),
            given.correct.tolist(),
            strict=True,
        )
    ]


def scores(selected: Selected) -> list[Score]:
    """Correct and all counted answers to word questions, person by person."""
    given, people = selected.answers, len(selected.frame.people)
    n = np.bincount(given.person, minlength=people)
    correct = np.bincount(given.person[given.correct], minlength=people)
    return list(zip(correct[n > 0].tolist(), n[n > 0].tolist(), strict=True))


def people(selected: Selected) -> People:
    """Who is behind the counted answers."""
    columns = selected.frame.people
    origin = columns.origin[selected.people]
    bots = [i for i, name in enumerate(columns.origins) if name == Participant.Origin.BOT]
    return People(len(origin), int(np.isin(origin, bots).sum()))


def origins(selected: Selected) -> list[OriginCount]:
    """Who came, counted or not, in the order of the origins.

    Between people, those of the condition; within people, everybody came for each.
    """
    columns, selection = selected.frame.people, selected.selection
    came = np.ones(len(columns), dtype=np.bool_)
    is_between = selected.frame.study.design == Study.Design.BETWEEN
    if selection.condition and is_between:
        wanted = [i for i, name in enumerate(columns.conditions) if name == selection.condition]
        came = np.isin(columns.condition, wanted)
    counts = []
    for origin in Participant.Origin:
        if origin in columns.origins:
            of = came & (columns.origin == columns.origins.index(origin))
            counted = origin in selection.origins
            if of.any():
                started, complete = int(of.sum()), int(columns.finished[of].sum())
                counts.append(OriginCount(str(origin.label), counted, started, complete))
    return counts
