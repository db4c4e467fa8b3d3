"""A study's answers -> everything that its report says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from django.utils import timezone

from analysis import stats
from analysis.frames import Catches, Frame, LeftOut, Selection, WordLabel
from analysis.peeking import PValues
from analysis.plan import Plan
from analysis.plan_text import PlanCard, plan_card
from analysis.report.facts import Facts, facts_of
from analysis.report.results import Progress, Results, results_of
from analysis.standing import Shows, Standing, standing
from analysis.summary import DEFAULT_SEED
from survey.models import AnalysisPlan, Study

# Without a plan.
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about: a study's answers, those that count, and who reads it."""

    study: Study
    frame: Frame
    plan: Plan | None
    selection: Selection
    p: PValues


@dataclass(frozen=True, slots=True)
class Report:
    """Facts and figures; `render` puts them into the reader's language.

    `labels` are those of the words, by their index in the answers.
    """

    asked: Asked
    facts: Facts
    results: Results
    card: PlanCard
    left_out: tuple[LeftOut, ...]
    catches: stats.Proportion | stats.NotEstimable | None
    labels: tuple[WordLabel, ...]

    @property
    def shows_p(self) -> bool:
        return self.asked.p.shown

    @property
    def alpha(self) -> float:
        """The plan's, if one was frozen."""
        plan = self.asked.plan
        return plan.alpha if plan is not None and plan.frozen_at else ALPHA

    def standing(self, shows: Shows, word: str = "") -> Standing:
        return standing(self.asked.plan, shows, self.asked.selection, word)


def build(
    asked: Asked,
    *,
    with_mixed: bool = True,
    seed: int = DEFAULT_SEED,
    progress: Progress = lambda _: None,
) -> Report:
    """Compute everything; `progress` is told of PARTS parts."""
    selected = asked.frame.select(asked.selection)
    layout, plan = asked.frame.layout, asked.plan
    by_conditions = plan and plan.outcome == AnalysisPlan.Outcome.CONDITIONS
    return Report(
        asked=asked,
        facts=facts_of(
            asked.study,
            origins=asked.selection.origins,
            catch_questions=sum(cell.word is None for cell in layout.cells),
            made_at=timezone.now(),
            seed=seed,
        ),
        results=results_of(
            selected,
            with_mixed=with_mixed,
            baseline=plan.baseline if plan and by_conditions else "",
            seed=seed,
            progress=progress,
        ),
        card=plan_card(asked.study, peeks=asked.p.peeks, selection=asked.selection),
        left_out=selected.left_out,
        catches=_catches(asked, selected.catches),
        labels=layout.words,
    )


def _catches(asked: Asked, given: Catches) -> stats.Proportion | stats.NotEstimable | None:
    """How often the catch questions were passed; None where a study has none."""
    cells = asked.frame.layout.cells
    if all(cell.word for cell in cells):
        return None
    answered = np.bincount(given.question, minlength=len(cells)).tolist()
    guessing = Counter[Fraction]()
    for cell, n in zip(cells, answered, strict=True):
        guessing[cell.chance] += n
    return stats.accuracy(int(given.passed.sum()), +guessing)
