"""Tests of tables of votes: do columns (contents) differ in how rows (clusters) are chosen?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason

# Up to so many tables the exact test lists them all, which takes a second or two.
_MOST_TABLES = 2_000_000
RESAMPLES = 20_000
# Two tables whose probabilities differ by less than rounding are equally likely.
_TIE = 1e-7


@dataclass(frozen=True, slots=True)
class TableTest:
    """Likelihood-ratio and Pearson statistics with their asymptotic p values.

    Expected counts below five make the asymptotic ones doubtful: then the exact test counts.
    """

    g: float
    g_p: float
    chi2: float
    chi2_p: float
    df: int
    least_expected: float


@dataclass(frozen=True, slots=True)
class ExactTest:
    """The p of the exact test; `is_sampled` where tables were drawn instead of listed."""

    p: float
    is_sampled: bool


def filled(table: ArrayLike) -> NDArray[np.int64] | NotEstimable:
    """The table without its empty rows and columns, which say nothing of their difference."""
    counts = np.asarray(table)
    if counts.ndim != 2 or (counts.size and counts.min() < 0):
        raise StatisticsError("expected a table of counts in two dimensions")
    counts = counts.astype(np.int64)
    kept = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    return NotEstimable(Reason.TABLE_TOO_SMALL) if min(kept.shape) < 2 else kept


def g_statistic(tables: NDArray[np.number]) -> NDArray[np.float64]:
    """2 sum O log(O / E) of tables (..., r, c), 0 where a table is empty (Sokal, Rohlf, G test)."""
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    parts = [special.xlogy(x, x) for x in (tables, rows, columns, rows.sum(axis=-1))]
    cells = parts[0].sum(axis=(-2, -1)) - parts[1].sum(axis=-1) - parts[2].sum(axis=-1)
    return np.maximum(2 * (cells + parts[3]), 0.0)


def table_test(table: ArrayLike) -> TableTest | NotEstimable:
    """Are rows and columns of the counts (r, c) independent? Empty rows and columns are dropped."""
    counts = filled(table)
    if isinstance(counts, NotEstimable):
        return counts
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(rows, columns) / counts.sum()
    g, chi2 = float(g_statistic(counts)), float(np.sum((counts - expected) ** 2 / expected))
    df = (len(rows) - 1) * (len(columns) - 1)
    return TableTest(
        g=g,
        g_p=float(special.chdtrc(df, g)),
        chi2=chi2,
        chi2_p=float(special.chdtrc(df, chi2)),
        df=df,
        least_expected=float(expected.min()),
    )


def freeman_halton(table: ArrayLike, seed: int = 0) -> ExactTest | NotEstimable:
    """Fisher's exact test of an r x c table (Freeman, Halton 1951).

    p is the probability of all tables with the same margins that are at most as likely as this
    one. Where they are too many to be listed, as many as `RESAMPLES` are drawn with `seed`, and
    p = (1 + as unlikely) / (1 + drawn).
    """
    counts = filled(table)
    if isinstance(counts, NotEstimable):
        return counts
    # Fewer columns than rows make the list shorter: each column is laid out in turn.
    counts = counts if counts.shape[0] >= counts.shape[1] else counts.T
    listed = _listed_log_weights(counts.sum(axis=1), counts.sum(axis=0))
    observed = -float(special.gammaln(counts + 1).sum())
    if listed is None:
        drawn = _drawn_log_weights(counts, seed)
        return ExactTest((1 + int(np.sum(drawn <= observed + _TIE))) / (1 + len(drawn)), True)
    # The greatest weight is taken out, so that no probability is lost to underflow.
    weights = np.exp(listed - listed.max())
    return ExactTest(
        min(1.0, float(weights[listed <= observed + _TIE].sum() / weights.sum())), False
    )


def _drawn_log_weights(counts: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    from scipy import stats

    tables = stats.random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(
        RESAMPLES, random_state=np.random.default_rng(seed)
    )
    return -special.gammaln(np.asarray(tables) + 1).sum(axis=(1, 2))


def _listed_log_weights(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """log of 1 / prod(cells!) of every table with these margins, or None if they are too many.

    A table's probability is that weight times a constant of the margins.
    """
    left, weights = rows[None, :], np.zeros(1)
    for total in columns[:-1]:
        grown = _add_column(left, weights, int(total))
        if grown is None:
            return None
        left, weights = grown
    # The last column is what is left.
    return weights - special.gammaln(left + 1).sum(axis=1)


def _add_column(
    left: NDArray[np.int64], weights: NDArray[np.float64], total: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Every way to take a column of `total` from what is left of the rows, cell by cell."""
    rest = np.full(len(left), total)
    for row in range(left.shape[1]):
        # What the rows below cannot hold must be taken here.
        below = left[:, row + 1 :].sum(axis=1)
        least, most = np.maximum(rest - below, 0), np.minimum(rest, left[:, row])
        ways = most - least + 1
        if int(ways.sum()) > _MOST_TABLES:
            return None
        parent = np.repeat(np.arange(len(left)), ways)
        first = np.repeat(np.cumsum(ways) - ways, ways)
        taken = least[parent] + np.arange(len(parent)) - first
        left, weights, rest = left[parent].copy(), weights[parent], rest[parent] - taken
        left[:, row] -= taken
        weights = weights - special.gammaln(taken + 1)
    return left, weights
