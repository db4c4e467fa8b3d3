"""People and answers, read from the database as columns.

A study can have a million answers, and a row of Python objects for each takes longer to make than
to read. So the database packs an answer into one number and hands out a text for each person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from analysis.frames.layout import Layout
from analysis.stats.answers import Ints
from survey.models import Study

# Bits of an answer: the response time + 1 in ms (an hour is the most), the cell of the grid, the
# place in the person's sequence, the option's pk above that of the study's first option.
_MS, _CELL, _ORDER = 22, 6, 14
_OPTIONS = 63 - _MS - _CELL - _ORDER
# How many participants a statement names; more are read with everybody.
_NAMED = 500

_TEXT = {
    "sqlite": "group_concat({packed})",
    "postgresql": "string_agg(({packed})::text, ',')",
}


@dataclass(frozen=True, slots=True)
class Participants:
    """Everybody of a study by their primary keys, which ascend; all columns are (p,).

    `origins`, `languages` and `conditions` are indexed by the columns of the singular name;
    `condition` is that of a study between people, -1 where there is none.
    """

    pk: Ints
    origin: Ints
    language: Ints
    condition: Ints
    finished: NDArray[np.bool_]
    left: NDArray[np.bool_]
    origins: tuple[str, ...]
    languages: tuple[str, ...]
    conditions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pk)

    def names(self) -> tuple[str, ...]:
        return tuple(f"P{pk}" for pk in self.pk.tolist())


@dataclass(frozen=True, slots=True)
class Given:
    """Answers sorted by person and by the order in which each gave them; all columns are (n,).

    `person` is a participant's primary key, `option` an index of Layout.options, `rt_ms` is NaN
    where no time was measured.
    """

    person: Ints
    option: Ints
    position: Ints
    order: Ints
    rt_ms: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.person)

    def but(self, people: Ints) -> Given:
        """Without these people's."""
        rows = ~np.isin(self.person, people)
        return Given(*(column[rows] for column in self._columns()))

    def and_(self, others: Given) -> Given:
        """Together with those of other people."""
        together = [
            np.concatenate(pair) for pair in zip(self._columns(), others._columns(), strict=True)
        ]
        sorting = np.argsort(together[0], kind="stable")
        return Given(*(column[sorting] for column in together))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self.person, self.option, self.position, self.order, self.rt_ms


def keys_of(person: Ints, order: Ints) -> Ints:
    """A number for each place in each person's sequence."""
    return person.astype(np.int64) * (1 << _ORDER) + order


def read_people(study: Study) -> Participants:
    rows = list(
        study.participants.order_by("pk").values_list(
            "pk", "origin", "language", "condition__name", "finished_at", "left_at"
        )
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    origin, origins = _coded(columns[1])
    language, languages = _coded(columns[2])
    condition, conditions = _coded(columns[3])
    return Participants(
        pk=np.array(columns[0], dtype=np.int64),
        origin=origin,
        language=language,
        condition=condition,
        finished=np.array([at is not None for at in columns[4]], dtype=np.bool_),
        left=np.array([at is not None for at in columns[5]], dtype=np.bool_),
        origins=origins,
        languages=languages,
        conditions=conditions,
    )


def _coded(values: Sequence[str | None]) -> tuple[Ints, tuple[str, ...]]:
    """Each value as its index among the different ones, -1 for None."""
    known = {value: i for i, value in enumerate(sorted({v for v in values if v is not None}))}
    codes = [-1 if value is None else known[value] for value in values]
    return np.array(codes, dtype=np.int16), tuple(known)


def read_answers(study: Study, layout: Layout, people: Collection[int] | None = None) -> Given:
    """The answers to the questions in force, of these participants or of all, in one query."""
    options = layout.options.pk
    if not len(options):
        return _unpacked([], layout)
    named = sorted(people) if people is not None and len(people) <= _NAMED else None
    first, last = int(options[0]), int(options[-1])
    if last - first >= 1 << _OPTIONS:
        raise ValueError(f"{study}: expected options made together, got ids {first} to {last}")
    who = "p.study_id = %s"
    params: list[Any] = [study.pk, first, last]
    if named is not None:
        who += f" AND p.id IN ({', '.join(['%s'] * len(named)) or 'NULL'})"
        params[1:1] = named
    packed = _packed(first)
    # The 0 keeps the index of the options out of it: a PostgreSQL that has not counted its rows
    # yet would read all of that index again for each person.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.participant_id, COUNT(*), {_TEXT[connection.vendor].format(packed=packed)} "  # noqa: S608
            "FROM survey_trial t JOIN survey_participant p ON p.id = t.participant_id "
            f"WHERE {who} AND t.answered_at IS NOT NULL AND t.chosen_id + 0 BETWEEN %s AND %s "
            "GROUP BY t.participant_id ORDER BY t.participant_id",
            params,
        )
        rows = cursor.fetchall()
    if people is not None and named is None:
        rows = [row for row in rows if row[0] in people]
    return _unpacked(rows, layout)


def _packed(first: int) -> str:
    """An answer as an expression of SQL; numbers alone are written into it."""
    return (
        f'(((CAST(t.chosen_id AS bigint) - {first}) * {1 << _ORDER} + t."order")'
        f" * {1 << _CELL} + t.position) * {1 << _MS} + COALESCE(t.response_ms + 1, 0)"
    )


def _unpacked(rows: Sequence[tuple[int, int, str]], layout: Layout) -> Given:
    text = ",".join(row[2] for row in rows)
    values = np.fromstring(text, dtype=np.int64, sep=",") if text else np.empty(0, dtype=np.int64)
    counts = [row[1] for row in rows]
    person = np.repeat(np.array([row[0] for row in rows], dtype=np.int64), counts)
    order = (values >> (_MS + _CELL)) & ((1 << _ORDER) - 1)
    sorting = np.argsort(keys_of(person, order), kind="stable")
    values, person, order = values[sorting], person[sorting], order[sorting]
    rt = (values & ((1 << _MS) - 1)).astype(np.float64) - 1
    option = (values >> (_MS + _CELL + _ORDER)) + (layout.options.pk[0] if len(values) else 0)
    return Given(
        person=person,
        option=np.searchsorted(layout.options.pk, option).astype(np.int32),
        position=((values >> _MS) & ((1 << _CELL) - 1)).astype(np.int16),
        order=order.astype(np.int16),
        rt_ms=np.where(rt < 0, np.nan, rt),
    )
