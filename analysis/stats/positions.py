"""Whether people choose cells of the grid rather than images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats import groups
from analysis.stats.answers import Answers, Ints
from analysis.stats.chance import holm
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class Positions:
    """How often each cell was chosen, and Pearson's test that all are equally likely.

    Where questions differ in their number of options, a cell is expected as often as a uniform
    choice among each question's options gives. `target_slots` counts the answers for which a cell
    held a target: a shuffle that is not fair shows there.
    """

    counts: tuple[int, ...]
    chi2: float
    df: int
    p: float
    target_slots: tuple[int, ...] | NotEstimable


@dataclass(frozen=True, slots=True)
class PeoplePositions:
    """The same for each of the P people, and their longest run of one cell.

    `p` and `p_holm` (adjusted over people) test equal use of cells; `run_p` is the probability
    that answers at random have a run at least as long. NaN where a person has no known position.
    """

    counts: NDArray[np.int64]  # (P, cells)
    expected: NDArray[np.float64]  # (P, cells)
    chi2: NDArray[np.float64]  # (P,)
    p: NDArray[np.float64]  # (P,)
    p_holm: NDArray[np.float64]  # (P,)
    longest_run: NDArray[np.int64]  # (P,)
    run_p: NDArray[np.float64]  # (P,)


def positions(answers: Answers) -> Positions | NotEstimable:
    """The use of cells over everybody's answers.

    Its test takes answers as independent: one person who always chooses the same cell can make
    it significant, which `people_positions` shows.
    """
    known = _known(answers)
    if isinstance(known, NotEstimable):
        return known
    everybody = np.zeros(len(known), dtype=np.int64)
    counts, expected = _counts(known, everybody, 1)
    chi2, df, p = _pearson(counts, expected)
    return Positions(
        tuple(counts[0].tolist()), float(chi2[0]), int(df[0]), float(p[0]), target_slots(answers)
    )


def people_positions(answers: Answers) -> PeoplePositions | NotEstimable:
    """The use of cells and the longest run of each person of `answers.people`."""
    known = _known(answers)
    if isinstance(known, NotEstimable):
        return known
    people = len(answers.people)
    counts, expected = _counts(known, known.person, people)
    chi2, _, p = _pearson(counts, expected)
    longest = longest_runs(known.person, known.position, people)
    return PeoplePositions(
        counts, expected, chi2, p, holm_over_known(p), longest, _run_ps(known, longest)
    )


def longest_runs(person: Ints, position: Ints, people: int) -> NDArray[np.int64]:
    """How many answers in a row each person gave with one cell (people,); 0 without answers.

    Rows of a person are in presentation order, but people can be interleaved.
    """
    longest = np.zeros(people, dtype=np.int64)
    if not len(person):
        return longest
    order = np.argsort(person, kind="stable")
    person, position = person[order], position[order]
    changes = (person[1:] != person[:-1]) | (position[1:] != position[:-1])
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    lengths = np.diff(np.concatenate((starts, [len(person)])))
    np.maximum.at(longest, person[starts], lengths)
    return longest


@lru_cache(maxsize=4096)
def run_p(longest: int, n: int, cells: int) -> float:
    """P(the longest run of one cell in n uniform choices of `cells` >= longest).

    The chain of the current run's length, with the length `longest` absorbing (Fu, Koutras 1994).
    """
    if longest <= 1:
        return 1.0
    lengths = np.zeros(longest)  # of the current run: 1 .. longest - 1, and reached
    lengths[0] = 1.0
    for _ in range(n - 1):
        short = lengths[:-1]
        reached = lengths[-1] + short[-1] / cells
        lengths = np.concatenate(([short.sum() * (1 - 1 / cells)], short[:-1] / cells, [reached]))
    return float(lengths[-1])


def holm_over_known(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's adjustment over the p values that are not NaN, which stay."""
    adjusted, known = p.copy(), ~np.isnan(p)
    adjusted[known] = holm(p[known].tolist())
    return adjusted


def _known(answers: Answers) -> Answers | NotEstimable:
    """The answers with a known cell and something to choose between."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    known = answers.only(answers.position >= 0)
    if not len(known):
        return NotEstimable(Reason.NO_POSITIONS)
    known = known.only(_options(known) > 1)
    return known if len(known) else NotEstimable(Reason.ONE_OPTION)


def _options(answers: Answers) -> NDArray[np.int64]:
    """How many options each answer had (n,)."""
    return np.array([q.options for q in answers.questions], dtype=np.int64)[answers.question]


def _counts(
    answers: Answers, group: Ints, n_groups: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Observed and expected choices of each cell (groups, cells)."""
    options = _options(answers)
    cells = int(options.max())
    offered = groups.table(group, options, (n_groups, cells + 1)).astype(np.float64)
    sizes = np.arange(cells + 1)[:, None]
    uniform = np.where(np.arange(cells) < sizes, 1 / np.maximum(sizes, 1), 0.0)
    return groups.table(group, answers.position, (n_groups, cells)), offered @ uniform


def _pearson(
    counts: NDArray[np.int64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Pearson's statistic, its degrees of freedom and p, of each row; NaN without answers."""
    df = (expected > 0).sum(axis=1) - 1
    some = df > 0
    parts = (counts - expected) ** 2 / np.where(expected > 0, expected, 1.0)
    chi2 = np.where(some, parts.sum(axis=1), np.nan)
    return chi2, df, np.where(some, special.chdtrc(np.maximum(df, 1), chi2), np.nan)


def _run_ps(answers: Answers, longest: NDArray[np.int64]) -> NDArray[np.float64]:
    """Takes the smallest grid that a person saw, in which runs are most likely by chance."""
    people = len(longest)
    n = np.bincount(answers.person, minlength=people)
    cells = np.full(people, np.iinfo(np.int64).max)
    np.minimum.at(cells, answers.person, _options(answers))
    return np.array(
        [
            run_p(run, total, fewest) if total else np.nan
            for run, total, fewest in zip(longest.tolist(), n.tolist(), cells.tolist(), strict=True)
        ]
    )


def target_slots(answers: Answers) -> tuple[int, ...] | NotEstimable:
    """How many answers had a target in each cell."""
    if answers.grid is None:
        return NotEstimable(Reason.NO_GRID)
    # An index of -1 takes the last entry, which is no word.
    words = np.array([image.word for image in answers.images] + [-1], dtype=np.int32)
    return tuple((words[answers.grid] == answers.word[:, None]).sum(axis=0).tolist())
