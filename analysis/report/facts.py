"""What a report says of a study beside its answers: design, people, recipes, software."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from generation.models import Clustering, Recipe, StylisedImage
from survey.models import Option, Participant, Study, StudyVersion

_NOBODY = (0, 0, 0)
_PACKAGES = ("texturestudy", "numpy", "scipy", "Django")


@dataclass(frozen=True, slots=True)
class Origin:
    """People of one origin by what became of them; `withdrawn` had their data deleted."""

    name: str
    label: str
    counted: bool
    started: int
    finished: int
    left: int
    withdrawn: int

    @property
    def unfinished(self) -> int:
        """On the way, or stopped without giving up their place."""
        return self.started - self.finished - self.left


@dataclass(frozen=True, slots=True)
class Came:
    """Counted people: languages and versions of the consent with their numbers, and when."""

    languages: tuple[tuple[str, int], ...]
    consents: tuple[tuple[str, int], ...]
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`sha256` is of the version in force, "" for a draft, which has none yet."""

    study: Study
    made_at: datetime
    sha256: str
    catch_questions: int
    recipes: tuple[Recipe, ...]
    descriptors: tuple[str, ...]
    devices: tuple[str, ...]
    origins: tuple[Origin, ...]
    came: Came
    software: tuple[tuple[str, str], ...]
    seed: int

    @property
    def is_between(self) -> bool:
        return self.study.design == Study.Design.BETWEEN


def facts_of(
    study: Study, *, origins: Iterable[str], catch_questions: int, made_at: datetime, seed: int
) -> Facts:
    """In eight queries; `origins` are those that the report counts."""
    options = Option.objects.filter(question__study=study, question__version=study.composition)
    shown = StylisedImage.objects.filter(pk__in=options.order_by().values("stylised"))
    clusterings = Clustering.objects.filter(clusters__in=shown.order_by().values("cluster"))
    version = StudyVersion.objects.filter(study=study, version=study.version).first()
    counted = frozenset(origins)
    return Facts(
        study=study,
        made_at=made_at,
        sha256=version.sha256 if version else "",
        catch_questions=catch_questions,
        recipes=tuple(Recipe.objects.filter(pk__in=shown.order_by().values("recipe"))),
        descriptors=_distinct(clusterings.exclude(descriptor=Clustering.IMPORTED), "descriptor"),
        devices=_distinct(shown.exclude(device=""), "device"),
        origins=_origins(study, counted),
        came=_came(study, counted),
        software=software(),
        seed=seed,
    )


def software() -> tuple[tuple[str, str], ...]:
    """What computed the figures, with its version."""
    packages = ((name, metadata.version(name)) for name in _PACKAGES)
    return (("Python", platform.python_version()), *packages)


def _distinct(rows: QuerySet[Any], field: str) -> tuple[str, ...]:
    return tuple(rows.order_by(field).values_list(field, flat=True).distinct())


def _origins(study: Study, counted: frozenset[str]) -> tuple[Origin, ...]:
    came = {
        origin: counts
        for origin, *counts in study.participants.order_by()
        .values_list("origin")
        .annotate(Count("pk"), Count("finished_at"), Count("left_at"))
    }
    withdrawn = Counter(study.withdrawals.order_by().values_list("origin", flat=True))
    return tuple(
        Origin(
            name=origin.value,
            label=str(origin.label),
            counted=origin.value in counted,
            started=came.get(origin.value, _NOBODY)[0],
            finished=came.get(origin.value, _NOBODY)[1],
            left=came.get(origin.value, _NOBODY)[2],
            withdrawn=withdrawn[origin.value],
        )
        for origin in Participant.Origin
        if origin.value in came or withdrawn[origin.value]
    )


def _came(study: Study, counted: frozenset[str]) -> Came:
    people = study.participants.filter(origin__in=counted).order_by()
    span = people.aggregate(first=Min("started_at"), last=Max("started_at"))
    by = {
        field: tuple(people.values_list(field).annotate(n=Count("pk")).order_by("-n", field))
        for field in ("language", "consent_version")
    }
    consents = tuple((version, n) for version, n in by["consent_version"] if version)
    return Came(by["language"], consents, span["first"], span["last"])
