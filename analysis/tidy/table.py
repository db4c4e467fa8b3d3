"""What was read, as numbers, and the table that it becomes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers, Asked, Ints, Stimulus


@dataclass(frozen=True, slots=True)
class Catches:
    """The answers to catch questions, in which no word is asked: whose, and whether passed."""

    person: Ints  # (n,) index of people
    passed: NDArray[np.bool_]  # (n,)

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Tidy:
    """What a tidy file holds. Words, contents and images are sorted; people come as they came."""

    answers: Answers
    catches: Catches


class Index(dict[Any, int]):
    """The index of each value, in the order in which they first came."""

    def __missing__(self, value: Any) -> int:
        index = self[value] = len(self)
        return index


@dataclass(slots=True)
class Columns:
    """What was read, as numbers; `cells` holds all grids one after another."""

    people: Index = field(default_factory=Index)
    images: Index = field(default_factory=Index)  # by content, word, cluster, condition
    questions: Index = field(default_factory=Index)  # by content, word, condition
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)  # targets, options
    offered: dict[int, set[int]] = field(default_factory=dict)
    row: array[int] = field(default_factory=lambda: array("l"))
    person: array[int] = field(default_factory=lambda: array("i"))
    question: array[int] = field(default_factory=lambda: array("i"))
    chosen: array[int] = field(default_factory=lambda: array("i"))
    position: array[int] = field(default_factory=lambda: array("i"))
    rt_ms: array[float] = field(default_factory=lambda: array("d"))
    cells: array[int] = field(default_factory=lambda: array("i"))
    catch_person: array[int] = field(default_factory=lambda: array("i"))
    catch_passed: array[int] = field(default_factory=lambda: array("b"))


def answers(columns: Columns) -> Answers:
    """The table of the columns, with words, contents, images and questions sorted."""
    words = sorted({key[1] for key in columns.images} | {key[1] for key in columns.questions})
    contents = sorted({key[0] for key in columns.questions})
    word_at = {word: index for index, word in enumerate(words)}
    content_at = {content: index for index, content in enumerate(contents)}
    images, image_rank = _sorted(columns.images)
    questions, question_rank = _sorted(columns.questions)
    asked = [
        Asked(
            word_at[word], content_at[content], *columns.sizes[old],
            tuple(sorted(int(image_rank[image]) for image in columns.offered[old])), condition,
        )
        for content, word, condition in questions
        for old in (columns.questions[content, word, condition],)
    ]  # fmt: skip
    return Answers(
        people=tuple(columns.people),
        words=tuple(words),
        contents=tuple(contents),
        images=tuple(Stimulus(content_at[c], word_at[w], k, r) for c, w, k, r in images),
        questions=tuple(asked),
        person=np.array(columns.person, dtype=np.int32),
        question=question_rank[np.asarray(columns.question, dtype=np.int32)],
        chosen=image_rank[np.asarray(columns.chosen, dtype=np.int32)],
        position=np.array(columns.position, dtype=np.int32),
        rt_ms=np.array(columns.rt_ms),
        grid=_grid(columns, image_rank),
    )


def _grid(columns: Columns, image_rank: NDArray[np.int32]) -> Ints:
    """The grids (n, most options), filled up with -1."""
    sizes = np.array([columns.sizes[i][1] for i in range(len(columns.questions))], dtype=np.int32)
    cells = sizes[np.asarray(columns.question, dtype=np.int32)]
    grid = np.full((len(cells), int(cells.max(initial=0))), -1, dtype=np.int32)
    grid[np.arange(grid.shape[1]) < cells[:, None]] = image_rank[
        np.asarray(columns.cells, dtype=np.int32)
    ]
    return grid


def _sorted(index: Index) -> tuple[list[Any], NDArray[np.int32]]:
    """The values in order, and the new index of each old one (m,)."""
    values = list(index)
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = np.empty(len(values), dtype=np.int32)
    rank[order] = np.arange(len(values), dtype=np.int32)
    return [values[old] for old in order], rank


def catches(columns: Columns) -> Catches:
    return Catches(
        np.array(columns.catch_person, dtype=np.int32),
        np.array(columns.catch_passed, dtype=bool),
    )
