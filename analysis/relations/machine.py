"""The classifier of styles beside people: does what it sees predict what they choose?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.frames import Selected, WordLabel
from analysis.relations.measures import Measures
from analysis.relations.predictions import (
    Correlation,
    Predicted,
    StimulusRow,
    predicted,
    stimulus_rows,
    votes_of,
)
from analysis.stats import NotEstimable
from analysis.stats.prediction import rank_correlation, rank_differences

MOST = 8
# Ranks that lie this far apart, of all ranks, are called a disagreement.
LEAST_DIFFERENCE = 0.25


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A stimulus, and by how much the machine ranks it higher than people do, from -1 to 1."""

    row: StimulusRow
    difference: float


@dataclass(frozen=True, slots=True)
class WordScore:
    """A word: how many of its scored stimuli the machine takes for it, and how people answered.

    `votes` of `offers` is the mean share of votes of its scored stimuli.
    """

    word: WordLabel
    taken: int
    stimuli: int
    score: float
    votes: int
    offers: int

    @property
    def recognised(self) -> float:
        return self.taken / self.stimuli

    @property
    def share(self) -> float:
        return self.votes / self.offers


@dataclass(frozen=True, slots=True)
class Machine:
    """`rows` are the scored stimuli that were offered as targets; `unscored` counts the others.

    `machine_alone` are stimuli that the machine ranks much higher than people, `people_alone`
    those that people rank much higher, from the widest difference down.
    """

    rows: tuple[StimulusRow, ...]
    unscored: int
    predicted: Predicted
    words: tuple[WordScore, ...]
    of_words: Correlation
    machine_alone: tuple[Disagreement, ...]
    people_alone: tuple[Disagreement, ...]

    @property
    def taken(self) -> int:
        return sum(row.seen == row.word for row in self.rows)


def machine(selected: Selected, measures: Measures) -> Machine | NotEstimable:
    """NotEstimable where there are no answers, or nobody knows what was offered."""
    votes = votes_of(selected)
    if isinstance(votes, NotEstimable):
        return votes
    shown = stimulus_rows(selected, votes, measures)
    rows = [row for row in shown if row.score is not None]
    words = _words(rows)
    apart = _apart(rows)
    return Machine(
        rows=tuple(rows),
        unscored=len(shown) - len(rows),
        predicted=predicted(selected, measures.score),
        words=tuple(words),
        of_words=rank_correlation(
            np.array([each.score for each in words], dtype=np.float64),
            np.array([each.share for each in words], dtype=np.float64),
            np.arange(len(words)),
        ),
        machine_alone=tuple(each for each in apart if each.difference > 0)[:MOST],
        people_alone=tuple(each for each in apart if each.difference < 0)[:MOST],
    )


def _words(rows: list[StimulusRow]) -> list[WordScore]:
    """From the word that the machine is surest of down."""
    of_word: dict[WordLabel, list[StimulusRow]] = {}
    for row in rows:
        of_word.setdefault(row.word, []).append(row)
    found = [
        WordScore(
            word=word,
            taken=sum(row.seen == word for row in own),
            stimuli=len(own),
            score=sum(row.score or 0.0 for row in own) / len(own),
            votes=sum(row.votes for row in own),
            offers=sum(row.offers for row in own),
        )
        for word, own in of_word.items()
    ]
    return sorted(found, key=lambda each: (-each.score, each.word.reading))


def _apart(rows: list[StimulusRow]) -> list[Disagreement]:
    scores = np.array([row.score for row in rows], dtype=np.float64)
    shares = np.array([row.share for row in rows], dtype=np.float64)
    differences = rank_differences(scores, shares).tolist()
    found = [
        Disagreement(row, difference)
        for row, difference in zip(rows, differences, strict=True)
        if abs(difference) >= LEAST_DIFFERENCE
    ]
    return sorted(found, key=lambda each: (-abs(each.difference), each.row.pk))
