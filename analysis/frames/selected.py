"""The counted answers, and what was computed from them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from analysis.frames.selection import Selection
from analysis.stats.answers import Answers, Ints
from analysis.stats.careless import Careless, Rules, careless
from survey.querysets import TrialQuerySet

if TYPE_CHECKING:
    from analysis.frames.frame import Frame

P = ParamSpec("P")
T = TypeVar("T")
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Catches:
    """Answers to catch questions: whose, to which of Layout.cells, which of Layout.options was
    chosen, whether passed; all (m,).
    """

    person: Ints
    question: Ints
    option: Ints
    passed: NDArray[Any]

    def only(self, rows: Bools) -> Catches:
        return Catches(self.person[rows], self.question[rows], self.option[rows], self.passed[rows])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why people or answers of the chosen origins are not counted, and how many.

    Somebody who is left out for several reasons counts for the first.
    """

    reason: Any  # a lazy translation
    people: int
    answers: int


@dataclass(frozen=True)
class Selected:
    """The answers that a selection counts. Indices of people are those of the whole frame."""

    frame: Frame
    selection: Selection
    rows: Ints  # of the frame's answers
    answers: Answers
    catches: Catches
    left_out: tuple[LeftOut, ...]
    _results: dict[Any, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @cached_property
    def people(self) -> Ints:
        """Who gave at least one counted answer, catch questions included."""
        both = np.concatenate((self.answers.person, self.catches.person))
        return np.unique(both)

    def once(
        self, function: Callable[Concatenate[Answers, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function` of the answers, computed once for as long as they stay the same."""
        key = (function, args, tuple(sorted(kwargs.items())))
        with self._lock:
            if key not in self._results:
                self._results[key] = function(self.answers, *args, **kwargs)
            found: T = self._results[key]
            return found

    @cached_property
    def careless(self) -> Careless:
        """The flags of everybody of the origins, whether or not they are left out."""
        return flags(self.frame, self.selection)

    @cached_property
    def votes(self) -> Ints:
        """How often each of Layout.options was chosen (o,)."""
        chosen = np.concatenate((self.frame.option[self.rows], self.catches.option))
        return np.bincount(chosen, minlength=len(self.frame.layout.options.pk))

    @cached_property
    def answered(self) -> Ints:
        """How many answers each of Layout.cells got."""
        return np.bincount(
            self.frame.layout.options.question, weights=self.votes,
            minlength=len(self.frame.layout.cells),
        ).astype(np.int64)  # fmt: skip

    @cached_property
    def shown(self) -> Ints:
        """How many counted answers each of Layout.options could have been chosen in (o,)."""
        layout = self.frame.layout
        answered: Ints = self.answered[layout.options.question]
        if all(question.is_fixed for question in layout.asked):
            return answered
        answers, images = self.grids(), len(layout.images)
        grid = answers.grid if answers.grid is not None else np.empty((0, 0), dtype=np.int32)
        offered = (answers.question[:, None].astype(np.int64) * images + grid)[grid >= 0]
        counts = np.bincount(offered, minlength=len(layout.asked) * images)
        place = layout.place[layout.options.question]
        of = np.where(place < 0, 0, place * images + layout.options.image)
        return np.where(place < 0, answered, counts[of])

    def kept(self, function: Callable[[Selected], T]) -> T:
        """`function` of the whole selection, computed once for as long as it stays the same."""
        with self._lock:
            if function not in self._results:
                self._results[function] = function(self)
            found: T = self._results[function]
            return found

    def grids(self) -> Answers:
        """The same answers with the grids that were shown, which take longer to read."""
        return replace(self.answers, grid=self.frame.grid[self.rows])

    def __len__(self) -> int:
        """How many answers are counted, those to catch questions included."""
        return len(self.answers) + len(self.catches.person)

    def trials(self) -> TrialQuerySet:
        """The counted answers as rows, catch questions included."""
        flagged: list[int] = []
        if self.selection.rules is not None:
            flagged = self.frame.people.pk[np.flatnonzero(self.careless.flagged)].tolist()
        return self.selection.trials(self.frame.study, flagged)


def select(frame: Frame, selection: Selection) -> Selected:
    answers, catches = frame.answers, frame.catches
    came = _came(frame, selection)
    kept, kept_answers = came.copy(), came[answers.person]
    left_out = []
    for reason, stays, rows in _steps(frame, selection):
        lost_people = kept & ~stays
        lost = kept_answers & ~(stays[answers.person] & rows)
        kept, kept_answers = kept & stays, kept_answers & ~lost
        if lost.any() or lost_people.any():
            left_out.append(LeftOut(reason, int(lost_people.sum()), int(lost.sum())))
    shown = catches.only(kept[catches.person] & _shown_catches(frame, selection))
    return Selected(
        frame=frame,
        selection=selection,
        rows=np.flatnonzero(kept_answers),
        answers=answers if kept_answers.all() else answers.only(kept_answers),
        catches=shown,
        left_out=tuple(left_out),
    )


def flags(frame: Frame, selection: Selection) -> Careless:
    """Of everybody of the selection's origins, by its rules or else by the usual ones."""
    came = _came(frame, selection)[frame.answers.person]
    among = frame.answers if came.all() else frame.answers.only(came)
    return careless(among, selection.rules or Rules(), _failed(frame.catches))


def _came(frame: Frame, selection: Selection) -> Bools:
    return np.isin(frame.people.origin, _codes(frame.people.origins, selection.origins))


def _steps(frame: Frame, selection: Selection) -> Iterator[tuple[Any, Bools, Bools]]:
    """A reason, the people who stay (p,), and the answers that stay (n,)."""
    people, answers = frame.people, frame.answers
    everybody = np.ones(len(people), dtype=np.bool_)
    everything = np.ones(len(answers), dtype=np.bool_)
    if selection.language:
        speaks = np.isin(people.language, _codes(people.languages, {selection.language}))
        yield _("answered in another language"), speaks, everything
    if not selection.keeps_incomplete:
        yield _("did not finish"), people.finished, everything
    if selection.rules is not None:
        yield _("flagged as careless"), ~flags(frame, selection).flagged, everything
    if selection.condition:
        of = [cell.condition == selection.condition for cell in frame.layout.cells]
        numbered = np.array(of, dtype=np.bool_)[frame.layout.number]
        yield _("answers to other conditions"), everybody, numbered[answers.question]
    if selection.least_familiarity is not None:
        level = frame.familiarity[answers.person, answers.word]
        known = level >= selection.least_familiarity
        yield _("answers to words that are not known well enough"), everybody, known


def _shown_catches(frame: Frame, selection: Selection) -> Bools:
    """Those of the condition; none where only words that are known are counted."""
    catches = frame.catches
    if selection.least_familiarity is not None:
        return np.zeros(len(catches.person), dtype=np.bool_)
    if not selection.condition:
        return np.ones(len(catches.person), dtype=np.bool_)
    of = [cell.condition == selection.condition for cell in frame.layout.cells]
    return np.array(of, dtype=np.bool_)[catches.question]


def _failed(catches: Catches) -> dict[int, int]:
    person, count = np.unique(catches.person[~catches.passed], return_counts=True)
    return dict(zip(person.tolist(), count.tolist(), strict=True))


def _codes(names: tuple[str, ...], wanted: frozenset[str] | set[str]) -> list[int]:
    return [i for i, name in enumerate(names) if name in wanted]
