"""Response times. They are long-tailed, so their middle is a median or a geometric mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable, Reason


@dataclass(frozen=True, slots=True)
class Times:
    """Response times in milliseconds; `missing` is the share of answers without one.

    The medians of words and contents are NotEstimable where nothing was timed.
    """

    n: int
    missing: float
    median: float
    q1: float
    q3: float
    geometric_mean: float | NotEstimable
    median_correct: float | NotEstimable
    median_error: float | NotEstimable
    words: tuple[float | NotEstimable, ...]
    contents: tuple[float | NotEstimable, ...]


def times(answers: Answers) -> Times | NotEstimable:
    """Of all timed answers."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    timed = answers.only(~np.isnan(answers.rt_ms))
    if not len(timed):
        return NotEstimable(Reason.NO_TIMES)
    q1, median, q3 = np.percentile(timed.rt_ms, [25, 50, 75])
    wrong, correct = _medians(timed, timed.correct.astype(np.int64), 2)
    return Times(
        n=len(timed),
        missing=1 - len(timed) / len(answers),
        median=float(median),
        q1=float(q1),
        q3=float(q3),
        geometric_mean=_geometric_mean(timed.rt_ms),
        median_correct=correct,
        median_error=wrong,
        words=_medians(timed, timed.word, len(answers.words)),
        contents=_medians(timed, timed.content, len(answers.contents)),
    )


def _medians(
    answers: Answers, group: NDArray[np.integer], n_groups: int
) -> tuple[float | NotEstimable, ...]:
    found = groups.medians(answers.rt_ms, group, n_groups).tolist()
    return tuple(NotEstimable(Reason.NO_TIMES) if np.isnan(m) else m for m in found)


def _geometric_mean(rt_ms: NDArray[np.floating]) -> float | NotEstimable:
    if (rt_ms <= 0).any():
        return NotEstimable(Reason.TIME_ZERO)
    return float(np.exp(np.log(rt_ms.astype(np.float64)).mean()))
