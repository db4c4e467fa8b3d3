"""The grids that were shown, beside the answers that were chosen from them."""

from __future__ import annotations

import numpy as np
from django.db import connection

from analysis.frames.columns import Given, keys_of
from analysis.frames.layout import Layout
from analysis.stats.answers import Ints
from survey.models import Study

# Each trial of a person: its place in the sequence, and the options cell by cell.
_TEXT = {
    "sqlite": "group_concat(t.\"order\"), group_concat(t.grid, ';')",
    "postgresql": "string_agg(t.\"order\"::text, ','), string_agg(t.grid::text, ';')",
}


def read_grids(study: Study, layout: Layout, given: Given) -> Ints:
    """The images of each answer's grid (n, cells), cell by cell; one query.

    -1 stands for a photograph, for the cells that a grid does not have, and for all of an answer
    that is no longer there.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.participant_id, {_TEXT[connection.vendor]} "  # noqa: S608
            "FROM survey_trial t JOIN survey_participant p ON p.id = t.participant_id "
            "WHERE p.study_id = %s AND t.answered_at IS NOT NULL "
            "GROUP BY t.participant_id ORDER BY t.participant_id",
            [study.pk],
        )
        rows = cursor.fetchall()
    texts = ";".join(row[2] for row in rows).split(";") if rows else []
    orders = [_numbers(row[1]) for row in rows]
    person = np.repeat(np.array([row[0] for row in rows], np.int64), [len(o) for o in orders])
    order = np.concatenate(orders) if orders else np.empty(0, dtype=np.int64)
    return _aligned(given, keys_of(person, order), _padded(texts, layout))


def _padded(texts: list[str], layout: Layout) -> Ints:
    """JSON lists of options' ids as images (t, cells)."""
    lengths = np.array([text.count(",") + 1 for text in texts], dtype=np.int64)
    options = _numbers(",".join(texts).replace("[", "").replace("]", ""))
    known = layout.options.pk
    place = np.minimum(np.searchsorted(known, options), max(len(known) - 1, 0))
    image = np.where(known[place] == options, layout.options.image[place], -1)
    grid = np.full((len(texts), int(lengths.max(initial=0))), -1, dtype=np.int32)
    grid[np.arange(grid.shape[1]) < lengths[:, None]] = image
    return grid


def _aligned(given: Given, keys: Ints, grid: Ints) -> Ints:
    sorting = np.argsort(keys)
    keys, wanted = keys[sorting], keys_of(given.person, given.order)
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = np.full((len(given), grid.shape[1]), -1, dtype=np.int32)
    if len(keys):
        is_there = keys[place] == wanted
        found[is_there] = grid[sorting[place[is_there]]]
    return found


def _numbers(text: str) -> Ints:
    return np.fromstring(text, dtype=np.int64, sep=",")
