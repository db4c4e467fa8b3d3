"""Signs that a person did not look: to show figures with and without them, never to delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable
from analysis.stats.positions import PeoplePositions, holm_over_known, people_positions

# Pearson's test needs about this many expected answers in each cell (Cochran 1954).
_LEAST_EXPECTED = 5
# Normal deviations are 1.4826 times the median absolute deviation.
_MAD_TO_SD = 1.4826

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """From where on a person is flagged. Accuracy is no rule: it is what the study measures.

    p values are adjusted over people by Holm's steps, so that among any number of attentive
    people these two rules flag one in a study with probability `alpha` at most.
    """

    fast_ms: float = 1000.0  # an answer below is too fast to have looked at the options
    fast_share: float = 0.2  # of too fast answers
    failed_catches: int = 2  # of the catch questions
    run_alpha: float = 0.001  # for the longest run of one cell
    position_alpha: float = 0.001  # for unequal use of cells
    agreement_z: float = -3.0  # robust z of the agreement with others
    agreement_people: int = 8  # agreement is compared among this many people or more


@dataclass(frozen=True, slots=True)
class Careless:
    """What the rules look at and what they flag, for each of the P people.

    NaN where there is nothing to measure: no answers, no times, no fixed sets of options.
    `agreement` is the share of answers that agree with a most frequent choice of the others;
    `failed_catches` is 0 where no catch questions were given.
    """

    rules: Rules
    answers: NDArray[np.int64]
    median_rt_ms: Floats
    fast_share: Floats
    failed_catches: NDArray[np.int64]
    longest_run: NDArray[np.int64]
    run_p_holm: Floats
    position_p_holm: Floats
    agreement: Floats
    agreement_z: Floats
    too_fast: Bools = field(repr=False)
    missed_catches: Bools = field(repr=False)
    long_run: Bools = field(repr=False)
    position_bias: Bools = field(repr=False)
    disagrees: Bools = field(repr=False)

    @property
    def flagged(self) -> Bools:
        """Whether any rule flags a person (P,)."""
        return (
            self.too_fast
            | self.missed_catches
            | self.long_run
            | self.position_bias
            | self.disagrees
        )

    @property
    def people(self) -> frozenset[int]:
        """The indices of the flagged, as `Answers.without` takes them."""
        return frozenset(np.flatnonzero(self.flagged).tolist())


def careless(
    answers: Answers,
    rules: Rules | None = None,
    failed_catches: Mapping[int, int] | None = None,
) -> Careless:
    """The flags of everybody; `failed_catches` counts by index of people."""
    rules = rules or Rules()
    people = len(answers.people)
    fast, agreement = fast_shares(answers, rules.fast_ms), modal_agreement(answers)
    missed = np.zeros(people, dtype=np.int64)
    for person, number in (failed_catches or {}).items():
        missed[person] = number
    cells = _Cells.of(answers)
    z = _robust_z(agreement, rules.agreement_people)
    return Careless(
        rules=rules,
        answers=np.bincount(answers.person, minlength=people),
        median_rt_ms=groups.medians(answers.rt_ms, answers.person, people),
        fast_share=fast,
        failed_catches=missed,
        longest_run=cells.longest_run,
        run_p_holm=cells.run_p_holm,
        position_p_holm=cells.position_p_holm,
        agreement=agreement,
        agreement_z=z,
        # A comparison with NaN is false: what was not measured flags nobody.
        too_fast=fast >= rules.fast_share,
        missed_catches=missed >= rules.failed_catches,
        long_run=cells.run_p_holm < rules.run_alpha,
        position_bias=cells.testable & (cells.position_p_holm < rules.position_alpha),
        disagrees=z <= rules.agreement_z,
    )


def fast_shares(answers: Answers, fast_ms: float) -> Floats:
    """The share of each person's timed answers that took less than `fast_ms` (P,)."""
    people, timed = len(answers.people), ~np.isnan(answers.rt_ms)
    n = np.bincount(answers.person[timed], minlength=people)
    fast = np.bincount(answers.person[timed & (answers.rt_ms < fast_ms)], minlength=people)
    return _shares(fast, n)


def modal_agreement(answers: Answers) -> Floats:
    """The share of each person's answers that are a most frequent choice of the others (P,).

    Ties count as agreement. Only questions that offer everybody the same images and that
    somebody else answered; NaN for people without any.
    """
    people, fixed = len(answers.people), np.array([q.is_fixed for q in answers.questions])
    if not len(answers):
        return np.full(people, np.nan)
    answers = answers.only(fixed[answers.question])
    shape = (len(answers.questions), max(2, len(answers.images)))
    counts = groups.table(answers.question, answers.chosen, shape)
    first, second = -np.partition(-counts, 1, axis=1)[:, :2].T
    own = counts[answers.question, answers.chosen]
    first, second = first[answers.question], second[answers.question]
    # Without this answer, its image has one vote less; another may then be ahead of it.
    most_of_others = np.where(own == first, np.maximum(first - 1, second), first)
    with_others = counts.sum(axis=1)[answers.question] > 1
    agrees = with_others & (own - 1 == most_of_others)
    return _shares(
        np.bincount(answers.person[agrees], minlength=people),
        np.bincount(answers.person[with_others], minlength=people),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the cells of the grid say about each person."""

    longest_run: NDArray[np.int64]
    run_p_holm: Floats
    position_p_holm: Floats
    testable: Bools  # enough answers for the test of equal use

    @classmethod
    def of(cls, answers: Answers) -> _Cells:
        found, people = people_positions(answers), len(answers.people)
        if isinstance(found, NotEstimable):
            unknown = np.full(people, np.nan)
            none = np.zeros(people, dtype=np.int64)
            return cls(none, unknown, unknown, none.astype(bool))
        return cls(
            found.longest_run, holm_over_known(found.run_p), found.p_holm, _is_testable(found)
        )


def _is_testable(found: PeoplePositions) -> Bools:
    least = np.where(found.expected > 0, found.expected, np.inf).min(axis=1)
    return np.isfinite(least) & (least >= _LEAST_EXPECTED)


def _robust_z(values: Floats, least: int) -> Floats:
    """Distances from the median in robust deviations; NaN where too few people have a value."""
    known = values[~np.isnan(values)]
    if len(known) < least:
        return np.full(len(values), np.nan)
    centre = np.median(known)
    deviation = _MAD_TO_SD * float(np.median(np.abs(known - centre)))
    if deviation == 0:
        return np.full(len(values), np.nan)
    return (values - centre) / deviation


def _shares(part: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
    return np.where(n > 0, part / np.maximum(n, 1), np.nan)
