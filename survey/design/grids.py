"""In which cells the options of a question stand."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from random import Random

from survey.design.seeds import Seed
from survey.errors import DesignError


def place_options(*, options: Sequence[int], seed: Seed) -> list[int]:
    """A grid: the options in random cells, row by row."""
    return Random(f"{seed}:grid").sample(options, len(options))


def place_grids(
    *, questions: Sequence[tuple[Sequence[int], Collection[int]]], number: int, seed: Seed
) -> list[list[int]]:
    """One participant's grids: for each question its options cell by cell, row by row.

    A question is its options and those of them that are targets; `number` counts the
    participants of one design: 0, 1, 2 ... For each grid size n, the number of options:

    * Within a participant, over all questions of n options, the cells hold a target equally
      often: the counts differ by at most one. Apart from that they are random: the cells of
      some questions do not give away those of the next.
    * Over n participants in a row, the first at a multiple of n, each option of each question
      stands in each cell exactly once. So no two of them have the same grid.

    The second needs the same questions, in the same order here, for all these participants
    (in which order they meet them is another matter). Where distractors change from person to
    person it holds for the targets.

    Raises DesignError where a question has no options, one of them twice, or a target that is
    not among them, and where the number is negative.
    """
    if number < 0:
        raise DesignError(
            "expected a participant's number of 0 or more, got %(number)s", number=number
        )
    sizes: dict[int, list[int]] = {}
    for index, (options, targets) in enumerate(questions):
        _check_question(index, options, targets)
        sizes.setdefault(len(options), []).append(index)
    grids = [list(options) for options, _ in questions]
    for size, asked in sizes.items():
        block, turn = divmod(number, size)
        rng = Random(f"{seed}:grids:{size}:{block}")
        targets_first = [_targets_first(*questions[index]) for index in asked]
        counts = [len(set(questions[index][1])) for index in asked]
        arrangements = _balanced_cells(counts, size, rng)
        turned = _turned_cells(size, turn, rng)
        for index, ordered, cells in zip(asked, targets_first, arrangements, strict=True):
            for option, cell in zip(ordered, cells, strict=True):
                grids[index][turned[cell]] = option
    return grids


def grid_shape(options: int) -> tuple[int, int]:
    """Columns and rows of a grid on an upright screen; across, they change places."""
    columns = max(1, math.isqrt(options))
    return columns, math.ceil(options / columns)


def _check_question(index: int, options: Sequence[int], targets: Collection[int]) -> None:
    if not options:
        raise DesignError("question %(index)s: expected one option or more, got none", index=index)
    if len(set(options)) < len(options):
        raise DesignError(
            "question %(index)s: expected each option once, got %(options)s",
            index=index, options=list(options),
        )  # fmt: skip
    if strangers := set(targets) - set(options):
        raise DesignError(
            "question %(index)s: expected targets among its options %(options)s, "
            "got also %(strangers)s",
            index=index, options=list(options), strangers=sorted(strangers),
        )  # fmt: skip


def _targets_first(options: Sequence[int], targets: Collection[int]) -> list[int]:
    return sorted(options, key=lambda option: option not in targets)


def _balanced_cells(counts: Sequence[int], size: int, rng: Random) -> list[list[int]]:
    """For each question the cells of its options, the targets' (as many as counts say) first.

    Drawn freely, then repaired: a cell that holds a target too often changes places with one
    that does too seldom, in a random question. There is always one that has a target in the
    first alone, and each change lessens the sum of squares, so that this ends.
    """
    arrangements = [rng.sample(range(size), size) for _ in counts]
    held = [0] * size
    for cells, count in zip(arrangements, counts, strict=True):
        for cell in cells[:count]:
            held[cell] += 1
    while (most := max(held)) - (least := min(held)) > 1:
        often = rng.choice([cell for cell, times in enumerate(held) if times == most])
        seldom = rng.choice([cell for cell, times in enumerate(held) if times == least])
        cells = rng.choice(
            [
                cells
                for cells, count in zip(arrangements, counts, strict=True)
                if cells.index(often) < count <= cells.index(seldom)
            ]
        )
        here, there = cells.index(often), cells.index(seldom)
        cells[here], cells[there] = seldom, often
        held[often] -= 1
        held[seldom] += 1
    return arrangements


def _turned_cells(size: int, turn: int, rng: Random) -> list[int]:
    """Where each cell goes: `turn` steps on along one random round through all of them.

    The rounds of turns 0 to size - 1 are the rows of a Latin square. All questions turn
    alike, which leaves as it was how often the cells hold a target.
    """
    round_trip = rng.sample(range(size), size)
    turned = [0] * size
    for step, cell in enumerate(round_trip):
        turned[cell] = round_trip[(step + turn) % size]
    return turned
