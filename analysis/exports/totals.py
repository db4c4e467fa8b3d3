"""Whether all ways to count a study's answers agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from analysis import frames
from analysis.exports import tidy
from survey.models import Participant, Study, Trial


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted answers of a study: as stored, as rows of its export, as shown on its pages.

    `misplaced` are those whose chosen image is not one of their question.
    """

    study: str
    stored: int
    exported: int
    shown: int
    misplaced: int

    @property
    def agree(self) -> bool:
        return self.stored == self.exported == self.shown and not self.misplaced

    def __str__(self) -> str:
        return (
            f"{self.study} has {self.stored} answers stored, {self.exported} in its export, "
            f"{self.shown} on its pages"
            + (f"; {self.misplaced} chose an image of another question" if self.misplaced else "")
        )


def stored_exported_shown(study: Study) -> Totals:
    """Stored and exported answers are counted by the database, shown ones as the pages do.

    Stored is every choice of a person whose origin counts, but for those to questions of the
    study's other versions: an answer to a question of another study is stored, and not shown.
    """
    people = Participant.objects.filter(study=study, origin__in=study.counted_origins)
    earlier = study.questions.exclude(version=study.composition)
    chosen = Trial.objects.exclude(chosen=None).filter(participant__in=people)
    return Totals(
        study=study.slug,
        stored=chosen.exclude(question__in=earlier).count(),
        exported=tidy.count(Trial.objects.counted_in(study)),
        misplaced=chosen.exclude(chosen__question=F("question")).count(),
        shown=sum(cell.answers for cell in frames.cells(frames.counted(study))),
    )
