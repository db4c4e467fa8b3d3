"""What a study asks, at hand: read once for each composition, which is never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.db.models import prefetch_related_objects

from survey.models import Option, Question


@dataclass(frozen=True, slots=True)
class Stimulus:
    """An image on the page, its file in the storage, and the hash that was pinned."""

    url: str
    file: str
    sha256: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its images by the primary keys of its options."""

    pk: int
    version: int
    index: int
    is_catch: bool
    word_text: str
    word_reading: str
    recipe: int | None
    stimuli: Mapping[int, Stimulus]
    targets: frozenset[int]


@dataclass(frozen=True, slots=True)
class Composition:
    """A study's questions of all versions by primary key."""

    questions: Mapping[int, Asked]
    _totals: Mapping[tuple[int, int | None], int]

    def total(self, asked: Asked, condition: int | None) -> int:
        """How many questions a person answers, of whom one is `asked`."""
        return self._totals[asked.version, condition]


class Composed(Protocol):
    """A study, or what is known of one."""

    pk: Any
    composed_at: Any


def composition(study: Composed) -> Composition:
    """The study's questions, without a query once they were read in this process."""
    # The time is part of the name: where rows are deleted, their keys may come again.
    return _read(study.pk, study.composed_at.isoformat())


@lru_cache(maxsize=32)
def _read(study: int, _composed_at: str) -> Composition:
    questions = list(Question.objects.filter(study=study).select_related("word"))
    prefetch_related_objects(questions, "options__stylised", "options__content")
    totals: Counter[tuple[int, int | None]] = Counter()
    for question in questions:
        totals[question.version, None] += 1
        if question.recipe_id:
            totals[question.version, question.recipe_id] += 1
    return Composition({question.pk: _asked(question) for question in questions}, totals)


def _asked(question: Question) -> Asked:
    options = list(question.options.all())
    return Asked(
        pk=question.pk,
        version=question.version,
        index=question.index,
        is_catch=question.kind == Question.Kind.CATCH,
        word_text=question.word.text if question.word else "",
        word_reading=question.word.reading if question.word else "",
        recipe=question.recipe_id,
        stimuli={option.pk: _stimulus(option) for option in options},
        targets=frozenset(option.pk for option in options if option.is_target),
    )


def _stimulus(option: Option) -> Stimulus:
    image = option.image
    file = image.file
    return Stimulus(file.url, str(file.name), option.sha256, image.width, image.height)
