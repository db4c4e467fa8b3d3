"""The two statements of an answer: what is open for somebody, and that it has its answer now.

Django builds a query many times as long as a database runs one of these, and they run for every
click of everybody. So they are built once for a connection, by Django, and only run after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max, OuterRef, Subquery

from survey.models import Participant, Trial
from survey.models.rules import ParticipantRules, StudyRules

# Questions whose images the page loads while an earlier one is answered.
AHEAD = 2


@dataclass(slots=True)
class StudyFacts(StudyRules):
    """Of a study, what an answer needs."""

    pk: int
    status: str
    opens_at: datetime | None
    closes_at: datetime | None
    resume_hours: int
    composed_at: datetime


@dataclass(slots=True)
class PersonFacts(ParticipantRules):
    """Of a participant with open trials, what an answer needs.

    `noted_at` is the time in their row, `seen_at` that or their last answer's.
    """

    pk: int
    study: StudyFacts
    language: str
    origin: str
    condition_id: int | None
    left_at: datetime | None
    practised_at: datetime | None
    noted_at: datetime
    seen_at: datetime


class OpenTrial(NamedTuple):
    """A trial without an answer."""

    pk: int
    token: UUID
    order: int
    grid: list[int]
    question_id: int
    shown_at: datetime | None


_OF_TRIAL = ("pk", "token", "order", "grid", "question", "shown_at")
_OF_PERSON = ("pk", "language", "origin", "condition", "left_at", "practised_at", "seen_at")
_OF_STUDY = ("pk", "status", "opens_at", "closes_at", "resume_hours", "composed_at")
# The one that is answered, those that its page has already, and one more.
MOST = 2 + AHEAD
# They stand for the token and the slug while the query is built.
_TOKEN, _SLUG = UUID(int=1), "\x00"
_KEPT_AS = "survey_statements_of_an_answer"
_ANSWER = (
    "chosen", "position", "answered_at", "shown_at", "response_ms", "load_ms", "blurs", "screen",
)  # fmt: skip


@dataclass(frozen=True)
class _Built:
    """The two statements for one connection, and how their values are written and read."""

    connection: BaseDatabaseWrapper
    compiler: Any
    select: str
    params: tuple[Any, ...]
    converters: Any
    update: str
    fields: tuple[Any, ...]

    def rows(self, token: UUID, slug: str) -> list[Any]:
        given = {_token(_TOKEN, self.connection): _token(token, self.connection), _SLUG: slug}
        with self.connection.cursor() as cursor:
            cursor.execute(self.select, [given.get(param, param) for param in self.params])
            found = cursor.fetchall()
        return list(self.compiler.apply_converters(found, self.converters))

    def write(self, trial: OpenTrial, answer: Mapping[str, Any]) -> int:
        values = [
            field.get_db_prep_save(answer[name], self.connection)
            for name, field in zip(_ANSWER, self.fields, strict=True)
        ]
        with self.connection.cursor() as cursor:
            cursor.execute(self.update, [*values, trial.pk])
            return int(cursor.rowcount)


def _statements() -> _Built:
    """Those of this thread's connection, kept with it."""
    this = connections[DEFAULT_DB_ALIAS]
    kept = vars(this)
    if _KEPT_AS not in kept:
        kept[_KEPT_AS] = _build(this)
    found: _Built = kept[_KEPT_AS]
    return found


def open_trials(
    *, participant_token: UUID, slug: str
) -> tuple[PersonFacts, list[OpenTrial]] | None:
    """The participant and their first open trials, at most MOST.

    None where there is no such participant, or nothing is open.
    """
    rows = _statements().rows(participant_token, slug)
    if not rows:
        return None
    of_trial, of_person = len(_OF_TRIAL), len(_OF_TRIAL) + len(_OF_PERSON)
    pk, language, origin, condition, left_at, practised_at, noted_at = rows[0][of_trial:of_person]
    *of_study, last_answer = rows[0][of_person:]
    person = PersonFacts(
        pk, StudyFacts(*of_study), language, origin, condition, left_at, practised_at, noted_at,
        seen_at=max(noted_at, last_answer or noted_at),
    )  # fmt: skip
    return person, [OpenTrial(*row[:of_trial]) for row in rows]


def store(trial: OpenTrial, answer: Mapping[str, Any]) -> bool:
    """Write the answer, the values of _ANSWER, if the trial has none yet: in one statement.

    Of two at once the second waits for the row and then finds it answered. False also where the
    participant gave up their place, or the study was closed, until this moment.
    """
    return _statements().write(trial, answer) == 1


def wait_for_answers() -> None:
    """Until every answer that is being stored is stored; inside a transaction.

    SQLite has one writer at a time, and that is this one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE survey_trial IN SHARE MODE")


def _build(this: BaseDatabaseWrapper) -> _Built:
    same_person = Trial.objects.filter(participant=OuterRef("participant")).order_by()
    last_answer = same_person.values("participant").annotate(last=Max("answered_at"))
    names = chain(
        _OF_TRIAL,
        (f"participant__{name}" for name in _OF_PERSON),
        (f"participant__study__{name}" for name in _OF_STUDY),
    )
    open_ones = Trial.objects.filter(
        participant__token=_TOKEN, participant__study__slug=_SLUG, answered_at=None
    ).order_by("order")
    values = open_ones.values_list(*names, Subquery(last_answer.values("last")))[:MOST]
    compiler = values.query.get_compiler(connection=this)
    select, params = compiler.as_sql()
    fields: tuple[Any, ...] = tuple(Trial._meta.get_field(name) for name in _ANSWER)
    assignments = ", ".join(f"{this.ops.quote_name(field.column)} = %s" for field in fields)
    return _Built(
        connection=this,
        compiler=compiler,
        select=select,
        params=tuple(params),
        converters=compiler.get_converters([column[0] for column in compiler.select]),
        update=f"UPDATE survey_trial SET {assignments} "  # noqa: S608 - names of columns
        "WHERE id = %s AND answered_at IS NULL AND EXISTS ("
        "SELECT 1 FROM survey_participant p JOIN survey_study s ON s.id = p.study_id "
        "WHERE p.id = survey_trial.participant_id AND p.left_at IS NULL "
        "AND s.status <> 'closed')",
        fields=fields,
    )


def _token(token: UUID, this: BaseDatabaseWrapper) -> Any:
    return Participant._meta.get_field("token").get_db_prep_value(token, this)
