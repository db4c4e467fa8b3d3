"""Answers counted by what they were offered, so that each figure costs cells, not answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers

# Targets and options of a grid.
Grid = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """Correct and all answers to each kind of grid."""

    scores: dict[Grid, tuple[int, int]]

    @property
    def correct(self) -> int:
        return sum(correct for correct, _ in self.scores.values())

    @property
    def n(self) -> int:
        return sum(n for _, n in self.scores.values())

    @property
    def grids(self) -> dict[Grid, int]:
        return {grid: n for grid, (_, n) in self.scores.items()}

    @property
    def guessing(self) -> dict[Fraction, int]:
        return {level: n for level, (_, n) in self.by_chance.items()}

    @property
    def by_chance(self) -> dict[Fraction, tuple[int, int]]:
        """Correct and all answers at each chance level."""
        correct, n = Counter[Fraction](), Counter[Fraction]()
        for (targets, options), (right, given) in self.scores.items():
            correct[Fraction(targets, options)] += right
            n[Fraction(targets, options)] += given
        return {level: (correct[level], n[level]) for level in n}


@dataclass(frozen=True, slots=True)
class Tallies:
    """The counts that all accuracies are made of."""

    answers: Answers
    correct: NDArray[np.bool_]  # (n,)
    question_correct: NDArray[np.integer]  # (questions,)
    question_n: NDArray[np.integer]  # (questions,)

    @classmethod
    def of(cls, answers: Answers) -> Tallies:
        correct, questions = answers.correct, len(answers.questions)
        return cls(
            answers,
            correct,
            np.bincount(answers.question[correct], minlength=questions),
            np.bincount(answers.question, minlength=questions),
        )

    def of_questions(self, questions: NDArray[np.bool_] | None = None) -> Tally:
        """The answers to these questions (questions,), or to all."""
        scores: dict[Grid, tuple[int, int]] = {}
        for index, asked in enumerate(self.answers.questions):
            n = int(self.question_n[index])
            if n and (questions is None or questions[index]):
                grid = (asked.targets, asked.options)
                right, given = scores.get(grid, (0, 0))
                scores[grid] = (right + int(self.question_correct[index]), given + n)
        return Tally(scores)

    def of_people(self) -> list[Tally]:
        """The answers of each person, in the order of `people`."""
        sizes = [(asked.targets, asked.options) for asked in self.answers.questions]
        grids = sorted(set(sizes))
        kind = np.array([grids.index(size) for size in sizes], dtype=np.int64)
        shape = (len(self.answers.people), max(1, len(grids)))
        cell = self.answers.person.astype(np.int64) * shape[1] + kind[self.answers.question]
        n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        correct = np.bincount(cell[self.correct], minlength=n.size).reshape(shape)
        return [
            Tally({grids[k]: (int(correct[p, k]), int(n[p, k])) for k in np.flatnonzero(n[p])})
            for p in range(shape[0])
        ]
