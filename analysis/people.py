"""Everybody of the chosen origins: how they answered, and what speaks against their care."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.frames.columns import Participants
from analysis.frames.selected import Selected
from analysis.stats.answers import Answers
from analysis.stats.careless import Careless
from analysis.stats.clustered import Clusters, participant_mean
from analysis.stats.intervals import Interval, NotEstimable, PeopleMean, Reason, wilson

PER_PAGE = 100

Bools = NDArray[np.bool_]
Numbers = NDArray[np.float64]
Figure = float | NotEstimable


class Flag(StrEnum):
    """A rule that flags people; the order is that of the pages."""

    TOO_FAST = "too_fast"
    MISSED_CATCHES = "missed_catches"
    LONG_RUN = "long_run"
    POSITION_BIAS = "position_bias"
    DISAGREES = "disagrees"


class State(StrEnum):
    """How far somebody came."""

    COMPLETE = "complete"
    ON_THE_WAY = "on-the-way"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Score:
    """A person's correct answers to questions about words."""

    correct: int
    n: int
    interval: Interval

    @property
    def accuracy(self) -> float:
        return self.correct / self.n


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the list shows them. `answers` are those about words."""

    pk: int
    origin: str
    language: str
    condition: str
    state: State
    is_counted: bool
    answers: int
    score: Score | NotEstimable
    median_ms: Figure
    fast_share: Figure
    failed_catches: int
    longest_run: int
    run_p: Figure
    position_p: Figure
    agreement: Figure
    agreement_z: Figure
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """The accuracy of some people: the mean over them, and how many they are."""

    people: int
    answers: int
    mean: PeopleMean | NotEstimable


@dataclass(frozen=True, slots=True)
class Compared:
    """The headline with the flagged and without; who is flagged by each rule, and by any."""

    everybody: Side
    unflagged: Side
    by_rule: tuple[tuple[Flag, int], ...]
    flagged: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows, and in which order; `sort` is a name of SORTS, reversed after "-"."""

    rule: str = ""
    state: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Crowd:
    """The people (p,) with what is known of each; `is_listed` are those of the selection.

    `n` and `correct` count the answers of everybody listed, also of those whom a rule or an
    unfinished questionnaire leaves out of the results.
    """

    people: Participants
    careless: Careless
    n: NDArray[np.int64]
    correct: NDArray[np.int64]
    is_listed: Bools
    is_finishing: Bools
    is_counted: Bools

    @property
    def flags(self) -> dict[Flag, Bools]:
        return {flag: getattr(self.careless, flag.value) & self.is_listed for flag in Flag}

    @property
    def flag_counts(self) -> NDArray[np.int64]:
        return np.sum(list(self.flags.values()), axis=0, dtype=np.int64)

    @property
    def accuracy(self) -> Numbers:
        """NaN where there are no answers."""
        return np.where(self.n > 0, self.correct / np.maximum(self.n, 1), np.nan)

    def state(self, state: State) -> Bools:
        people = self.people
        if state == State.COMPLETE:
            return people.finished
        return ~people.finished & (people.left if state == State.LEFT else ~people.left)


def crowd(selected: Selected) -> Crowd:
    """Everybody of the selection's origins and language, and of its condition if they have one."""
    selection, people = selected.selection, selected.frame.people
    wide = selected.frame.select(replace(selection, rules=None, keeps_incomplete=True))
    n, correct = wide.once(tallies)
    listed = _named(people.origin, people.origins, selection.origins)
    if selection.language:
        listed &= _named(people.language, people.languages, {selection.language})
    if selection.condition and people.conditions:
        listed &= _named(people.condition, people.conditions, {selection.condition})
    counted = np.zeros(len(people), dtype=np.bool_)
    counted[selected.people] = True
    finishing = people.finished | selection.keeps_incomplete
    return Crowd(people, selected.careless, n, correct, listed, finishing, counted)


def tallies(answers: Answers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The answers of each person, and the correct ones (p,)."""
    people = len(answers.people)
    right = answers.person[answers.correct]
    return np.bincount(answers.person, minlength=people), np.bincount(right, minlength=people)


def compared(crowd: Crowd) -> Compared:
    """The same accuracy twice, so that what the flagged change is seen."""
    flagged = crowd.flag_counts > 0
    among = crowd.is_listed & crowd.is_finishing & (crowd.n > 0)
    return Compared(
        everybody=_side(crowd, among),
        unflagged=_side(crowd, among & ~flagged),
        by_rule=tuple((flag, int(own.sum())) for flag, own in crowd.flags.items()),
        flagged=int(flagged.sum()),
    )


SORTS: dict[str, Callable[[Crowd], NDArray[np.generic]]] = {
    "flags": lambda crowd: crowd.flag_counts,
    "person": lambda crowd: crowd.people.pk,
    "answers": lambda crowd: crowd.n,
    "accuracy": lambda crowd: crowd.accuracy,
    "time": lambda crowd: crowd.careless.median_rt_ms,
    "fast": lambda crowd: crowd.careless.fast_share,
    "catches": lambda crowd: crowd.careless.failed_catches,
    "run": lambda crowd: crowd.careless.longest_run,
    "position": lambda crowd: crowd.careless.position_p_holm,
    "agreement": lambda crowd: crowd.careless.agreement,
}
DEFAULT_SORT = "-flags"


def listed(crowd: Crowd, wanted: Wanted) -> NDArray[np.int64]:
    """The indices of the people that are wanted, in their order; ties by who came first."""
    rows = crowd.is_listed.copy()
    if wanted.state:
        rows &= crowd.state(State(wanted.state))
    if wanted.rule == "any":
        rows &= crowd.flag_counts > 0
    elif wanted.rule == "none":
        rows &= crowd.flag_counts == 0
    elif wanted.rule:
        rows &= crowd.flags[Flag(wanted.rule)]
    sort = wanted.sort or DEFAULT_SORT
    key = SORTS[sort.removeprefix("-")](crowd).astype(np.float64)
    # What is not known comes last in either direction: a sort puts NaN there.
    among = np.flatnonzero(rows)
    order = np.argsort(-key[among] if sort.startswith("-") else key[among], kind="stable")
    return among[order]


def person_rows(crowd: Crowd, indices: Sequence[int] | NDArray[np.int64]) -> list[PersonRow]:
    """Of these people alone: a page costs what it shows."""
    return [_row(crowd, int(index)) for index in indices]


def _row(crowd: Crowd, i: int) -> PersonRow:
    people, found = crowd.people, crowd.careless
    return PersonRow(
        pk=int(people.pk[i]),
        origin=people.origins[people.origin[i]],
        language=people.languages[people.language[i]],
        condition=people.conditions[people.condition[i]] if people.condition[i] >= 0 else "",
        state=next(state for state in State if crowd.state(state)[i]),
        is_counted=bool(crowd.is_counted[i]),
        answers=int(crowd.n[i]),
        score=_score(int(crowd.correct[i]), int(crowd.n[i])),
        median_ms=known(found.median_rt_ms[i], Reason.NO_TIMES),
        fast_share=known(found.fast_share[i], Reason.NO_TIMES),
        failed_catches=int(found.failed_catches[i]),
        longest_run=int(found.longest_run[i]),
        run_p=known(found.run_p_holm[i], Reason.NO_POSITIONS),
        position_p=known(found.position_p_holm[i], Reason.NO_POSITIONS),
        agreement=known(found.agreement[i], Reason.NO_COMMON_QUESTION),
        agreement_z=known(found.agreement_z[i], Reason.NO_COMMON_QUESTION),
        flags=tuple(flag for flag, own in crowd.flags.items() if own[i]),
    )


def known(value: float, otherwise: Reason) -> Figure:
    return NotEstimable(otherwise) if np.isnan(value) else float(value)


def _score(correct: int, n: int) -> Score | NotEstimable:
    return Score(correct, n, wilson(correct, n)) if n else NotEstimable(Reason.NO_ANSWERS)


def _side(crowd: Crowd, rows: Bools) -> Side:
    scores = Clusters(crowd.correct[rows], crowd.n[rows])
    return Side(int(rows.sum()), int(crowd.n[rows].sum()), participant_mean(scores))


def _named(column: NDArray[np.integer], names: tuple[str, ...], wanted: Collection[str]) -> Bools:
    return np.isin(column, [i for i, name in enumerate(names) if name in wanted])
