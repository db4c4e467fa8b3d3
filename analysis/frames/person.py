"""Everything that one person was asked and answered, in the order in which they met it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.frames.tables import Content, Picture, WordLabel, picture_of, word_label
from survey.models import Familiarity, Option, Participant, Study, Trial

# As the questionnaire measures them.
_SIZES = ("viewport_width", "viewport_height", "pixel_ratio", "image_width")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The image that was chosen; a photograph has neither word nor cluster."""

    picture: Picture
    word: WordLabel | None
    cluster: int | None
    is_target: bool


@dataclass(frozen=True, slots=True)
class GivenTrial:
    """A question as the person met it; `chosen` is None where it was not answered.

    `is_in_force` is False for a question of an earlier version, which no result counts. Times
    are in milliseconds, None where they were not measured.
    """

    order: int
    index: int
    word: WordLabel | None
    content: Content
    condition: str
    is_in_force: bool
    options: int
    chosen: Chosen | None
    position: int | None
    response_ms: int | None
    load_ms: int | None
    blurs: int | None

    @property
    def is_catch(self) -> bool:
        return self.word is None


@dataclass(frozen=True, slots=True)
class Screen:
    """The window and an image in CSS pixels, and device pixels to one of them, where measured."""

    width: float | None
    height: float | None
    ratio: float | None
    image_width: float | None


@dataclass(frozen=True, slots=True)
class Person:
    """One participant, without anything that could tell who it is."""

    pk: int
    origin: str
    origin_label: str
    language: str
    condition: str
    version: int
    is_finished: bool
    has_left: bool
    minutes: float | None
    screen: Screen | None
    trials: tuple[GivenTrial, ...]
    familiarity: tuple[tuple[WordLabel, str], ...]


def read_person(study: Study, pk: int) -> Person | None:
    """The study's participant, or None where it has none of this key; three queries."""
    found = (
        Participant.objects.filter(study=study, pk=pk)
        .select_related("condition")
        .only("study", "origin", "language", "condition__name", "version", "started_at",
              "finished_at", "left_at")
        .first()
    )  # fmt: skip
    if found is None:
        return None
    trials = _trials(found)
    took = (found.finished_at - found.started_at) if found.finished_at else None
    return Person(
        pk=found.pk,
        origin=found.origin,
        origin_label=str(Participant.Origin(found.origin).label),
        language=found.language,
        condition=found.condition.name if found.condition else "",
        version=found.version,
        is_finished=found.finished_at is not None,
        has_left=found.left_at is not None,
        minutes=took.total_seconds() / 60 if took else None,
        screen=_screen(trials),
        trials=tuple(_given(trial, study) for trial in trials),
        familiarity=tuple(_familiarity(found)),
    )


def _trials(participant: Participant) -> list[Trial]:
    """Those that were given out."""
    return list(
        Trial.objects.filter(participant=participant)
        .exclude(shown_at=None, answered_at=None)
        .select_related(
            "question__word", "question__content", "question__recipe", "chosen__content",
            "chosen__stylised__cluster__clustering__word",
        )
        .order_by("order")
    )  # fmt: skip


def _given(trial: Trial, study: Study) -> GivenTrial:
    question = trial.question
    return GivenTrial(
        order=trial.order,
        index=question.index,
        word=word_label(question.word),
        content=Content(question.content.name, picture_of(question.content)),
        condition=question.recipe.name if question.recipe else "",
        is_in_force=question.version == study.composition,
        options=len(trial.grid),
        chosen=_chosen(trial.chosen) if trial.chosen else None,
        position=trial.position,
        response_ms=trial.response_ms,
        load_ms=trial.load_ms,
        blurs=trial.blurs,
    )


def _chosen(option: Option) -> Chosen:
    made = option.stylised
    return Chosen(
        picture=picture_of(option.image),
        word=word_label(made.cluster.word) if made else None,
        cluster=made.cluster.index if made else None,
        is_target=option.is_target,
    )


def _screen(trials: list[Trial]) -> Screen | None:
    """That of the first answer that has one: a window seldom changes."""
    sizes: Mapping[str, Any] | None = next((t.screen for t in trials if t.screen), None)
    if not sizes:
        return None
    return Screen(*(sizes.get(key) for key in _SIZES))


def _familiarity(participant: Participant) -> list[tuple[WordLabel, str]]:
    """The words by how well they are known, the best first, in the reader's language."""
    told = Familiarity.objects.filter(participant=participant).select_related("word")
    return [
        (WordLabel(each.word.text, each.word.reading, each.word.gloss), each.get_level_display())
        for each in told.order_by("-level", "word__reading")
    ]
