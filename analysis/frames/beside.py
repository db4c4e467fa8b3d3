"""What was measured beside an answer: loading times, and how often the window was left."""

from __future__ import annotations

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from analysis.frames.columns import Given, keys_of
from survey.models import Study

Floats = NDArray[np.float64]

# Bits of what was measured beside an answer, + 1 each: 0 stands for what was not.
_MS, _BLURS = 22, 12
_PACKED = (
    f'(CAST(t."order" AS bigint) * {1 << _MS} + COALESCE(t.load_ms + 1, 0)) * {1 << _BLURS}'
    " + COALESCE(t.blurs + 1, 0)"
)
_TEXT = {
    "sqlite": f"group_concat({_PACKED})",
    "postgresql": f"string_agg(({_PACKED})::text, ',')",
}


def read_beside(study: Study, given: Given) -> tuple[Floats, Floats]:
    """Loading times in ms and blurs of each answer (n,), NaN where they were not measured.

    One query. What is no longer there was not measured either.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.participant_id, COUNT(*), {_TEXT[connection.vendor]} "  # noqa: S608
            "FROM survey_trial t JOIN survey_participant p ON p.id = t.participant_id "
            "WHERE p.study_id = %s AND t.answered_at IS NOT NULL GROUP BY t.participant_id",
            [study.pk],
        )
        rows = cursor.fetchall()
    values = np.fromstring(",".join(row[2] for row in rows), dtype=np.int64, sep=",")
    person = np.repeat(np.array([row[0] for row in rows], np.int64), [row[1] for row in rows])
    keys = keys_of(person, values >> (_MS + _BLURS))
    sorting = np.argsort(keys)
    keys, values, wanted = keys[sorting], values[sorting], keys_of(given.person, given.order)
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    packed = np.zeros(len(given), dtype=np.int64)
    if len(keys):
        packed = np.where(keys[place] == wanted, values[place], packed)
    return _known(packed >> _BLURS, _MS), _known(packed, _BLURS)


def _known(packed: NDArray[np.int64], bits: int) -> Floats:
    value = (packed & ((1 << bits) - 1)).astype(np.float64) - 1
    return np.where(value < 0, np.nan, value)
