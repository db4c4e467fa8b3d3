"""Stored answers -> rows of the tidy table, one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from analysis.exports.errors import ExportError
from analysis.spreadsheets import harmless
from survey.models import Familiarity, Option, Question, Study
from survey.querysets import TrialQuerySet

Row = tuple[Any, ...]

_ROWS_AT_ONCE = 2000
_SCREENS = 4096  # that are remembered; most answers of a person have the same
_SIZES = ("viewport_width", "viewport_height", "pixel_ratio")
_FIELDS = (
    "pk", "participant_id", "question_id", "chosen_id", "order", "grid_text", "response_ms",
    "load_ms", "blurs", "screen_text", "moment", "participant__origin", "participant__language",
    "participant__version", "finished", "level",
)  # fmt: skip


class _Moment(Func):
    """A time as ISO 8601 in UTC, to the millisecond: written by the database, which is quicker."""

    output_field = CharField()
    function = "strftime"
    template = "%(function)s('%%%%Y-%%%%m-%%%%dT%%%%H:%%%%M:%%%%fZ', %(expressions)s)"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        shape = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
        template = f"to_char(%(expressions)s AT TIME ZONE 'UTC', '{shape}')"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the rows of one question share."""

    word: str
    content: str
    index: int
    kind: str
    condition: str
    targets: int
    recipe_sha256: str
    seed: int | None


@dataclass(frozen=True, slots=True)
class _Offered:
    """What the rows of one option share; `text` is its part of the column of options."""

    word: str
    cluster: int | None
    is_target: int
    sha256: str
    text: str


def selected(trials: TrialQuerySet) -> QuerySet[Any, Row]:
    """What is read of each answer, person by person in the order of presentation."""
    level = Familiarity.objects.filter(
        participant=OuterRef("participant_id"), word=OuterRef("question__word_id")
    )
    return (
        trials.annotate(
            grid_text=Cast("grid", TextField()),
            screen_text=Cast("screen", TextField()),
            moment=_Moment(F("answered_at")),
            finished=Case(
                When(participant__finished_at=None, then=0), default=1, output_field=IntegerField()
            ),
            level=Subquery(level.order_by().values("level")[:1]),
        )
        .order_by("participant_id", "order")
        .values_list(*_FIELDS)
    )


def count(trials: TrialQuerySet) -> int:
    """How many rows an export of these answers has."""
    return selected(trials).count()


def rows(study: Study, trials: TrialQuerySet) -> Iterator[Row]:
    """One row an answer, with the values of `columns.COLUMNS` in their order; empty is None.

    Reads through a cursor, so that its memory does not grow with the answers. `trials` are
    answered, and of the study's questions in force.
    Raises ExportError where an answer is not to one of these, or not of its grid.
    """
    offered, targets = _options(study)
    asked = _questions(study, targets)
    screens: dict[str, Row] = {}
    slug, composition = harmless(study.slug), study.composition
    for (
        pk, person, question_id, chosen_id, order, grid_text, rt_ms,
        load_ms, blurs, screen_text, moment, origin, language,
        version, finished, level,
    ) in selected(trials).iterator(chunk_size=_ROWS_AT_ONCE):  # fmt: skip
        grid = json.loads(grid_text)
        try:
            question, chosen = asked[question_id], offered[chosen_id]
            position = grid.index(chosen_id)
            options = ",".join([offered[option].text for option in grid])
        except (KeyError, ValueError) as error:
            raise ExportError(_stranger(study, pk)) from error
        screen = screens.get(screen_text)
        if screen is None:
            if len(screens) >= _SCREENS:
                screens.clear()
            screen = screens[screen_text] = _screen(screen_text)
        yield (
            f"P{person}", question.word, question.content, position, f"[{options}]",
            chosen.word, chosen.cluster, rt_ms,
            question.index, question.kind, order, question.condition, chosen.is_target,
            question.targets, len(grid), question.targets / len(grid),
            origin, language, version, finished, level,
            load_ms, blurs, *screen, moment,
            chosen.sha256, question.recipe_sha256, question.seed, slug, composition,
        )  # fmt: skip


def _stranger(study: Study, pk: int) -> str:
    return _(
        "answer %(pk)s: expected a question of study %(study)s in version %(version)s, and a "
        "choice among the images of its grid"
    ) % {"pk": pk, "study": study.slug, "version": study.composition}


def _questions(study: Study, targets: Mapping[int, int]) -> dict[int, _Asked]:
    found = Question.objects.filter(study=study, version=study.composition)
    return {
        question.pk: _Asked(
            word=_text(question.word.reading) if question.word else "",
            content=_text(question.content.name),
            index=question.index,
            kind=question.kind,
            condition=_text(question.recipe.name) if question.recipe else "",
            targets=targets.get(question.pk, 0),
            recipe_sha256=question.recipe.sha256 if question.recipe else "",
            seed=question.recipe.parameters.get("seed") if question.recipe else None,
        )
        for question in found.select_related("word", "content", "recipe")
    }


def _options(study: Study) -> tuple[dict[int, _Offered], Counter[int]]:
    """The options by primary key, and how many targets each question has."""
    found = Option.objects.filter(question__study=study, question__version=study.composition)
    options = found.order_by().values_list(
        "pk", "question_id", "is_target", "sha256", "stylised__cluster__clustering__word__reading",
        "stylised__cluster__index", "stylised__recipe__name",
    )  # fmt: skip
    recipes: dict[int, set[str]] = {}
    for _pk, question, *_facts, recipe in options:
        recipes.setdefault(question, set()).update([recipe] if recipe else [])
    offered, targets = {}, Counter[int]()
    for pk, question, is_target, sha256, reading, cluster, recipe in options:
        word = _text(reading or "")
        facts = {"word": word, "cluster": cluster}
        if recipe and len(recipes[question]) > 1:
            facts["condition"] = _text(recipe)
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        offered[pk] = _Offered(word, cluster, int(is_target), sha256, text)
        targets[question] += is_target
    return offered, targets


def _screen(text: str) -> Row:
    """Width, height and pixel ratio of a stored screen; whole numbers without a fraction."""
    sizes = json.loads(text)
    return tuple(_whole(sizes.get(key)) for key in _SIZES)


def _whole(size: float | None) -> float | None:
    return int(size) if isinstance(size, float) and size.is_integer() else size


def _text(name: str) -> str:
    return str(harmless(name))
