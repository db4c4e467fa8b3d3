"""How many people a study needs: what its words can show, now and with more answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis.frames import WordLabel
from analysis.stats.answers import Asked
from analysis.stats.evalues import EValue, Scores, e_value
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.power import Aim, Power, answers_needed, power, powers

# Of which the table and the chart speak beside the accuracy that is asked for.
ACCURACIES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CURVES = (0.5, 0.6, 0.7)
GOALS = (0.8, 0.9)
# What a word has where no question is composed yet: the original study's.
_UNCOMPOSED = (3, 3)  # targets, photographs
_MOST_POINTS = 150


@dataclass(frozen=True, slots=True)
class Design:
    """A word's test: by `per_person` answers of each person at a chance level.

    `is_composed` says that the study has questions; `is_mixed`, that words differ in chance or
    in answers, and that these are the commonest.
    """

    chance: Fraction
    per_person: int
    words: int
    is_composed: bool
    is_mixed: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is planned for: a test at alpha, for each of so many words, of an accuracy."""

    alpha: float
    words: int
    accuracy: float

    @property
    def strictest(self) -> float:
        """The alpha of Holm's first step, which is Bonferroni's: what every word may face."""
        return self.alpha / self.words

    @property
    def threshold(self) -> float:
        """The e-value from which on a word's evidence is enough among all the words."""
        return self.words / self.alpha


@dataclass(frozen=True, slots=True)
class Goal:
    """The people, and their answers to a word, from which on the power is `share`."""

    share: float
    answers: int | NotEstimable
    people: int | NotEstimable


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """What a true accuracy needs; `now` is the power with the people that there are."""

    accuracy: float
    is_wanted: bool
    now: Power | NotEstimable
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Power by the number of people; the first curve is of the accuracy that is asked for."""

    accuracy: float
    people: tuple[int, ...]
    power: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A word's e-value, and its share of the way to the threshold, in logarithms."""

    word: WordLabel
    correct: int
    n: int
    evidence: EValue | NotEstimable
    way: float
    is_enough: bool

    @property
    def percent(self) -> int:
        """The way as a length out of 100."""
        return round(self.way * 100)


def design_of(asked: Iterable[Asked], *, options: int, is_between: bool) -> Design:
    """What the questions ask of a person about a word; without questions, what is usual.

    Where people are of one condition each, a person answers a word's questions of one condition.
    """
    per_word: dict[tuple[int, str], list[Fraction]] = {}
    for question in asked:
        condition = question.condition if is_between else ""
        per_word.setdefault((question.word, condition), []).append(question.chance)
    if not per_word:
        targets, photographs = _UNCOMPOSED
        level = Fraction(targets, options) if options > targets else Fraction(1, max(2, options))
        return Design(level, photographs, 1, is_composed=False, is_mixed=False)
    levels = Counter(level for found in per_word.values() for level in found)
    sizes = Counter(len(found) for found in per_word.values())
    return Design(
        chance=levels.most_common(1)[0][0],
        per_person=sizes.most_common(1)[0][0],
        words=len({word for word, _condition in per_word}),
        is_composed=True,
        is_mixed=len(levels) > 1 or len(sizes) > 1,
    )


def rows(
    design: Design, wanted: Wanted, *, people: int, effect: float
) -> list[AccuracyRow] | NotEstimable:
    """Each accuracy with its power now and the people that it needs.

    `effect` is the design effect: how many times as many answers as independent ones are needed.
    """
    if not 0 < design.chance < 1:
        return NotEstimable(Reason.CERTAIN_CHANCE)
    return [
        AccuracyRow(
            accuracy=accuracy,
            is_wanted=accuracy == wanted.accuracy,
            now=_now(design, Aim(design.chance, accuracy, wanted.strictest), people, effect),
            goals=tuple(
                _goal(design, Aim(design.chance, accuracy, wanted.strictest), share, effect)
                for share in GOALS
            ),
        )
        for accuracy in sorted({*ACCURACIES, wanted.accuracy})
        if accuracy == wanted.accuracy or accuracy > design.chance
    ]


def curves(design: Design, wanted: Wanted, *, most: int, effect: float) -> list[Curve]:
    """The power of 1 .. `most` people, for the accuracy that is asked for and usual ones."""
    people = np.unique(np.linspace(1, most, min(most, _MOST_POINTS)).round().astype(np.int64))
    answers = effective(people * design.per_person, effect)
    return [
        Curve(
            accuracy,
            tuple(people.tolist()),
            tuple(powers(answers, Aim(design.chance, accuracy, wanted.strictest)).tolist()),
        )
        for accuracy in dict.fromkeys((wanted.accuracy, *CURVES))
        if accuracy > design.chance
    ]


def effective(answers: np.ndarray, effect: float) -> np.ndarray:
    """How many independent answers so many are worth."""
    return np.maximum(1, np.floor(answers / effect)).astype(np.int64)


def horizon(found: Sequence[AccuracyRow], *, people: int, planned: int) -> int:
    """How many people the chart shows: beyond the goals of what is asked for, and what is."""
    needed = [
        goal.people
        for row in found
        if row.is_wanted
        for goal in row.goals
        if isinstance(goal.people, int)
    ]
    far = max([20, planned, *(math.ceil(1.4 * each) for each in needed)])
    # So many people that everything is certain would only squeeze what is of interest.
    return min(2000, max(far, people if people <= 3 * far else 0))


def evidence(
    words: Sequence[WordLabel], scores: Sequence[Scores], wanted: Wanted
) -> list[EvidenceRow]:
    """The words by their e-values, the strongest first, those without any last."""
    found = [_evidence_row(*each, wanted) for each in zip(words, scores, strict=True)]
    return sorted(found, key=lambda row: (-_log(row.evidence), row.word.reading))


def _evidence_row(word: WordLabel, scores: Scores, wanted: Wanted) -> EvidenceRow:
    value = e_value(scores)
    log, enough = _log(value), math.log(wanted.threshold)
    return EvidenceRow(
        word=word,
        correct=sum(correct for correct, _n in scores.values()),
        n=sum(n for _correct, n in scores.values()),
        evidence=value,
        way=min(1.0, max(0.0, log / enough)) if math.isfinite(log) else 0.0,
        is_enough=log >= enough,
    )


def _log(value: EValue | NotEstimable) -> float:
    return value.log if isinstance(value, EValue) else -math.inf


def _now(design: Design, aim: Aim, people: int, effect: float) -> Power | NotEstimable:
    answers = people * design.per_person
    if not answers:
        return NotEstimable(Reason.NO_ANSWERS)
    return power(int(effective(np.array([answers]), effect)[0]), aim)


def _goal(design: Design, aim: Aim, share: float, effect: float) -> Goal:
    answers = answers_needed(
        aim, goal=share, per_participant=design.per_person, design_effect=effect
    )
    if isinstance(answers, NotEstimable):
        return Goal(share, answers, answers)
    return Goal(share, answers, answers // design.per_person)
