"""The answers of a study as columns: what every statistic of this package is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Stimulus:
    """The identity of an image: a word's style cluster on one content image, by a recipe.

    `condition` names the recipe; it is empty where a study has one.
    """

    content: int
    word: int
    cluster: int
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: a word on a content image, and how many images are offered at once.

    `images` are what it can offer, as indices of `Answers.images`; where everybody is offered
    the same ones, `len(images) == options`.
    """

    word: int
    content: int
    targets: int
    options: int
    images: tuple[int, ...]
    condition: str = ""

    @property
    def chance(self) -> Fraction:
        return Fraction(self.targets, self.options)

    @property
    def is_fixed(self) -> bool:
        return len(self.images) == self.options


@dataclass(frozen=True, slots=True)
class Answers:
    """n answers to questions about words; row order within a person is presentation order.

    People, words and contents are named by tuples and referred to by index; so are questions and
    images. `position` is the 0-based cell that was chosen, -1 where it is not known; `rt_ms` is
    the response time in milliseconds, NaN where it was not measured. `grid` holds the images cell
    by cell (n, options), -1 where a grid is shorter, or None where it was not loaded.
    """

    people: tuple[str, ...]
    words: tuple[str, ...]
    contents: tuple[str, ...]
    images: tuple[Stimulus, ...]
    questions: tuple[Asked, ...]
    person: Ints  # (n,)
    question: Ints  # (n,)
    chosen: Ints  # (n,) index of images
    position: Ints  # (n,)
    rt_ms: NDArray[np.floating]  # (n,)
    grid: Ints | None = None  # (n, options)

    def __len__(self) -> int:
        return len(self.person)

    @property
    def word(self) -> Ints:
        """The asked word of each answer (n,)."""
        return np.array([q.word for q in self.questions], dtype=np.int32)[self.question]

    @property
    def content(self) -> Ints:
        """The content image of each answer (n,)."""
        return np.array([q.content for q in self.questions], dtype=np.int32)[self.question]

    @property
    def chosen_word(self) -> Ints:
        """The word whose style the chosen image has (n,)."""
        return np.array([i.word for i in self.images], dtype=np.int32)[self.chosen]

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the chosen image was made from the asked word (n,)."""
        return self.chosen_word == self.word

    def only(self, rows: NDArray[np.bool_]) -> Answers:
        """The answers of these rows; people, questions and images keep their indices."""
        return Answers(
            self.people, self.words, self.contents, self.images, self.questions,
            self.person[rows], self.question[rows], self.chosen[rows], self.position[rows],
            self.rt_ms[rows], None if self.grid is None else self.grid[rows],
        )  # fmt: skip

    def without(self, people: frozenset[int]) -> Answers:
        """The answers of everybody but these, by index of `people`."""
        return self.only(~np.isin(self.person, list(people)))
