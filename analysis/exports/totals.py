"""Whether all ways to count a study's answers agree."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import frames
from analysis.exports import tidy
from analysis.frames.counts import counted_trials
from survey.models import Participant, Study, Trial


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted answers of a study: as stored, as rows of its export, as shown on its pages."""

    study: str
    stored: int
    exported: int
    shown: int

    @property
    def agree(self) -> bool:
        return self.stored == self.exported == self.shown

    def __str__(self) -> str:
        return (
            f"{self.study} has {self.stored} answers stored, {self.exported} in its export, "
            f"{self.shown} on its pages"
        )


def stored_exported_shown(study: Study) -> Totals:
    """Counts in four queries, without reading the answers.

    Stored is every choice of a person whose origin counts, but for those to questions of the
    study's other versions: an answer to a question of another study is stored, and not shown.
    """
    people = Participant.objects.filter(study=study, origin__in=study.counted_origins)
    earlier = study.questions.exclude(version=study.composition)
    chosen = Trial.objects.exclude(chosen=None).filter(participant__in=people)
    return Totals(
        study=study.slug,
        stored=chosen.exclude(question__in=earlier).count(),
        exported=tidy.count(counted_trials(study)),
        shown=sum(cell.answers for cell in frames.cells(study)),
    )
