"""All answers of a study as columns, kept in the process and brought up to date.

Only what changed is read again: who is complete answers nothing more, so of the others alone is
asked how many answers they have now.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from django.db.models import Count, Max, Sum
from numpy.typing import NDArray

from analysis.frames.beside import Floats, read_beside
from analysis.frames.columns import Given, Participants, read_answers, read_people
from analysis.frames.grids import read_grids
from analysis.frames.layout import Layout, read_layout
from analysis.frames.selected import Catches, Selected, select
from analysis.frames.selection import Selection
from analysis.stats.answers import Answers, Ints
from survey.models import Familiarity, Study, Trial

# Studies whose answers a process keeps, and selections of one: 30 bytes an answer and more.
_STUDIES, _SELECTIONS = 4, 6

# Of a study's people by origin: how many, who (as a sum), how many have finished, left, and told
# which words they know, and when the last one finished.
_State = tuple[tuple[object, ...], ...]
# Answers of those who are not complete, by participant.
_Open = Mapping[int, int]


@dataclass(frozen=True)
class Frame:
    """Everything that was answered in a study until now, whoever it was.

    `answers` are those to questions about words, `catches` the others; both refer to `people` and
    to the questions and images of `layout`. `stamp` is another one whenever any of it is.
    """

    study: Study
    layout: Layout
    people: Participants
    given: Given
    state: _State
    open: _Open
    _kept: OrderedDict[Selection, Selected] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def stamp(self) -> str:
        facts = (_key(self.study), self.state, sorted(self.open.items()))
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    @cached_property
    def answers(self) -> Answers:
        layout, rows = self.layout, self._about_words
        place = layout.place[layout.options.question[self.option]]
        return Answers(
            people=self.people.names(),
            words=tuple(word.reading for word in layout.words),
            contents=tuple(content.name for content in layout.contents),
            images=layout.images,
            questions=layout.asked,
            person=self._person[rows],
            question=place,
            chosen=layout.options.image[self.option],
            position=self.given.position[rows],
            rt_ms=self.given.rt_ms[rows],
        )

    @cached_property
    def catches(self) -> Catches:
        options, rows = self.layout.options, ~self._about_words
        option = self.given.option[rows]
        return Catches(
            self._person[rows], options.question[option], option, options.is_target[option]
        )

    @cached_property
    def option(self) -> Ints:
        """Which of the layout's options each of `answers` chose (n,)."""
        return self.given.option[self._about_words]

    @cached_property
    def familiarity(self) -> NDArray[np.int8]:
        """How well each person knows each word, -1 where they did not say (p, words)."""
        levels = np.full((len(self.people), len(self.layout.words)), -1, dtype=np.int8)
        words = {pk: i for i, pk in enumerate(self.layout.word_pks)}
        told = Familiarity.objects.filter(participant__study=self.study)
        for person, word, level in told.values_list("participant", "word", "level").iterator():
            if word in words:
                levels[np.searchsorted(self.people.pk, person), words[word]] = level
        return levels

    @cached_property
    def grid(self) -> Ints:
        """The images of the grid that each of `answers` was chosen from (n, cells)."""
        return read_grids(self.study, self.layout, self.given)[self._about_words]

    @cached_property
    def beside(self) -> tuple[Floats, Floats]:
        """Loading times in ms and blurs of each of `answers` (n,), NaN where not measured."""
        loads, blurs = read_beside(self.study, self.given)
        return loads[self._about_words], blurs[self._about_words]

    def select(self, selection: Selection) -> Selected:
        """The answers that the selection counts; kept, with what was computed from them."""
        with self._lock:
            if selection not in self._kept:
                self._kept[selection] = select(self, selection)
                while len(self._kept) > _SELECTIONS:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(selection)
            return self._kept[selection]

    @cached_property
    def _about_words(self) -> NDArray[np.bool_]:
        options = self.layout.options
        return self.layout.place[options.question[self.given.option]] >= 0

    @cached_property
    def _person(self) -> NDArray[np.int32]:
        return np.searchsorted(self.people.pk, self.given.person).astype(np.int32)


_FRAMES: OrderedDict[tuple[object, ...], Frame] = OrderedDict()
_LOCK = threading.Lock()


def load(study: Study) -> Frame:
    """The study's frame, as the database has it now: two queries where nothing happened."""
    key = _key(study)
    with _LOCK:
        known = _FRAMES.get(key)
        frame = _FRAMES[key] = _refreshed(study, known)
        _FRAMES.move_to_end(key)
        while len(_FRAMES) > _STUDIES:
            _FRAMES.popitem(last=False)
    return frame


def counted(study: Study, condition: str = "") -> Selected:
    """The answers of the people whose origins the study counts, of one condition or of all."""
    return counted_in(load(study), study, condition)


def counted_in(frame: Frame, study: Study, condition: str = "") -> Selected:
    """`counted`, of a frame that is loaded already."""
    origins = frozenset(study.counted_origins)
    return frame.select(Selection(origins=origins, condition=condition))


def forget() -> None:
    """Drop what this process keeps of all studies."""
    with _LOCK:
        _FRAMES.clear()


def _key(study: Study) -> tuple[object, ...]:
    composed = study.composed_at
    return study.pk, study.created_at, study.composition, composed


def _refreshed(study: Study, known: Frame | None) -> Frame:
    # What is counted is read before what is read: who answers meanwhile is read once more later.
    state, opened = _state(study), _open(study)
    if known is None:
        layout, people = read_layout(study), read_people(study)
        return Frame(study, layout, people, read_answers(study, layout), state, opened)
    if (known.state, known.open) == (state, opened):
        return known
    people = known.people if known.state == state else read_people(study)
    stale = _changed(known, people, opened)
    given = known.given.but(np.array(sorted(stale), dtype=np.int64))
    there = stale & set(people.pk.tolist())
    if there:
        given = given.and_(read_answers(study, known.layout, there))
    return Frame(study, known.layout, people, given, state, opened)


def _changed(known: Frame, people: Participants, opened: _Open) -> set[int]:
    """Whose answers are not what they were, people who came or went included."""
    before, now = set(known.people.pk.tolist()), set(people.pk.tolist())
    finished = set(people.pk[people.finished].tolist())
    finished_then = set(known.people.pk[known.people.finished].tolist())
    on_the_way = known.open.keys() | opened.keys()
    went_on = {pk for pk in on_the_way if known.open.get(pk) != opened.get(pk)}
    return (before ^ now) | (finished ^ finished_then) | went_on


def _state(study: Study) -> _State:
    rows = (
        study.participants.order_by("origin")
        .values_list("origin")
        .annotate(
            Count("pk"), Sum("pk"), Count("finished_at"), Count("left_at"),
            Count("familiarity_at"), Max("finished_at"),
        )
    )  # fmt: skip
    return tuple(rows)


def _open(study: Study) -> _Open:
    trials = Trial.objects.answered().filter(
        participant__study=study, participant__finished_at=None
    )
    return dict(trials.order_by().values_list("participant").annotate(Count("pk")))
