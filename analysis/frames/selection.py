"""Whose answers are counted, and which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from analysis.stats.careless import Rules
from survey.models import Familiarity, Study, Trial
from survey.querysets import TrialQuerySet


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose answers are counted, and which; what the filters of a page choose.

    `rules` leave out whom they flag; None leaves out nobody. `least_familiarity` is a level of
    survey.models.Familiarity, of which nothing else is counted than words that a person said to
    know so well; None keeps the answers to all words. "" is any language, any condition.
    """

    origins: frozenset[str] = frozenset({"live"})
    rules: Rules | None = None
    keeps_incomplete: bool = True
    least_familiarity: int | None = None
    language: str = ""
    condition: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the parameters of a job; the same in every process."""
        stored = asdict(self) | {"origins": sorted(self.origins)}
        if self.rules:  # one that is not used lies at infinity, for which JSON has no number
            stored["rules"] = {name: str(value) for name, value in stored["rules"].items()}
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Selection:
        rules = stored["rules"]
        if rules:
            usual = asdict(Rules())
            rules = Rules(**{name: type(usual[name])(text) for name, text in rules.items()})
        return cls(**stored | {"origins": frozenset(stored["origins"]), "rules": rules})

    def trials(self, study: Study, careless: Collection[int] = ()) -> TrialQuerySet:
        """The answered trials that are counted; `careless` are participants whom `rules` flag.

        Catch questions have no word that could be unknown; with a condition, only those of it.
        """
        trials = Trial.objects.answered().filter(
            participant__study=study,
            participant__origin__in=self.origins,
            question__version=study.composition,
        )
        if self.language:
            trials = trials.filter(participant__language=self.language)
        if not self.keeps_incomplete:
            trials = trials.exclude(participant__finished_at=None)
        if self.condition:
            trials = trials.filter(question__recipe__name=self.condition)
        if self.least_familiarity is not None:
            known = Familiarity.objects.filter(
                participant=OuterRef("participant"),
                word=OuterRef("question__word"),
                level__gte=self.least_familiarity,
            )
            trials = trials.filter(Exists(known))
        return trials.exclude(participant__in=careless) if careless else trials
