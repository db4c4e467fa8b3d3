"""What changed between two versions of a study, stored or to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from survey.models import Option, Participant, Question, Study, StudyVersion
from survey.services.questions import DraftQuestion


@dataclass(frozen=True)
class Asked:
    """What the questions of a version are about; in the order in which they were composed."""

    words: Sequence[str]
    contents: Sequence[str]
    conditions: Sequence[str]
    questions: int
    images: frozenset[tuple[int, str, bool]]


@dataclass(frozen=True)
class Met:
    """What participants of a version met. `asked` is None where its questions are gone.

    Questions that nobody was asked are not kept.
    """

    texts: Mapping[str, Any]
    asked: Asked | None


@dataclass(frozen=True)
class Change:
    """A field of Study.FROZEN, or what is asked: `words`, `contents`, `conditions`, `images`."""

    name: str
    before: Any
    after: Any


def met(version: StudyVersion) -> Met:
    rows = Question.objects.filter(study=version.study_id, version=version.composition)
    questions = list(rows.select_related("word", "content", "recipe").order_by("index"))
    if not questions:
        return Met(version.texts, None)
    options = Option.objects.filter(question__in=questions)
    images = options.values_list("question__index", "sha256", "is_target")
    return Met(version.texts, _asked(questions, images))


def met_now(study: Study) -> Met:
    """Of a study as it is, whether or not a version of it was kept."""
    texts = {name: getattr(study, name) for name in Study.FROZEN}
    return met(StudyVersion(study=study, composition=study.composition, texts=texts))


def to_be_met(*, texts: Mapping[str, Any], questions: Sequence[DraftQuestion]) -> Met:
    """Of questions that are not stored yet."""
    images = (
        (index, option.sha256, option.is_target)
        for index, question in enumerate(questions)
        for option in question.options()
    )
    return Met(texts, _asked(questions, images))


def _asked(
    questions: Sequence[Question] | Sequence[DraftQuestion], images: Iterable[tuple[int, str, bool]]
) -> Asked:
    def names(things: Iterable[Any]) -> list[str]:
        return list(dict.fromkeys(str(thing) for thing in things if thing is not None))

    return Asked(
        words=names(question.word for question in questions),
        contents=names(question.content for question in questions),
        conditions=names(question.recipe for question in questions),
        questions=len(questions),
        images=frozenset(images),
    )


def changes(before: Met, after: Met) -> list[Change]:
    """In the order of Study.FROZEN, then what is asked; nothing where both are the same."""
    found = [
        Change(name, before.texts.get(name), after.texts.get(name))
        for name in Study.FROZEN
        if before.texts.get(name) != after.texts.get(name)
    ]
    if before.asked is None or after.asked is None or before.asked == after.asked:
        return found
    for name in ("words", "contents", "conditions", "questions"):
        old, new = getattr(before.asked, name), getattr(after.asked, name)
        if old != new:
            found.append(Change(name, old, new))
    if before.asked.images != after.asked.images:
        old, new = _hashes(before.asked), _hashes(after.asked)
        found.append(Change("images", len(old - new), len(new - old)))
    return found


def _hashes(asked: Asked) -> set[str]:
    return {sha256 for _index, sha256, _is_target in asked.images}


@dataclass(frozen=True)
class UnderWay:
    """Who goes on with what they began when a study gets a new version."""

    started: int
    complete: int
    left: int

    @property
    def going_on(self) -> int:
        return self.started - self.complete - self.left


def under_way(study: Study) -> UnderWay:
    people = study.participants.exclude(origin=Participant.Origin.PREVIEW)
    return UnderWay(
        **people.aggregate(
            started=Count("pk"), complete=Count("finished_at"), left=Count("left_at")
        )
    )
