"""Accuracies of everything, of words, of content images and of their pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis import stats
from analysis.stats.answers import Answers
from analysis.stats.clustered import Clusters, clusters, design_effect, participant_mean
from analysis.stats.evalues import EValue, e_value
from analysis.stats.intervals import Interval, NotEstimable, PeopleMean, Reason
from analysis.stats.people_test import PeopleTest, people_above_chance
from analysis.stats.sensitivity import dprime_mofk
from analysis.summary.tallies import Tallies, Tally

Estimate = stats.Proportion | NotEstimable


@dataclass(frozen=True, slots=True)
class Overall:
    """All answers to word questions. `test` takes answers as units, `people_test` people."""

    people: int
    answers: int
    estimate: Estimate
    mean: PeopleMean | NotEstimable
    design_effect: float | NotEstimable
    test: stats.ChanceTest | NotEstimable
    people_test: PeopleTest | NotEstimable
    evidence: EValue | NotEstimable

    @property
    def interval(self) -> Interval | NotEstimable:
        """At 95 %, over people."""
        return self.mean if isinstance(self.mean, NotEstimable) else self.mean.interval


@dataclass(frozen=True, slots=True)
class Group:
    """The answers about one word, or one content image, by its index in the answers.

    `p` is exact and one-sided; `p_holm` and `p_bh` are adjusted over the groups of its kind that
    were answered.
    """

    index: int
    estimate: Estimate
    p: float | NotEstimable
    p_holm: float | NotEstimable
    p_bh: float | NotEstimable
    evidence: EValue | NotEstimable
    dprime: float | NotEstimable


@dataclass(frozen=True, slots=True)
class Accuracies:
    """`words` are from the best recognised down, `contents` by name.

    `pairs` has a row for each of `words` and a column for each of `contents`; None where a word
    was not asked on a content image.
    """

    overall: Overall
    words: tuple[Group, ...]
    contents: tuple[Group, ...]
    pairs: tuple[tuple[Estimate | None, ...], ...]
    chances: tuple[float, ...]

    @property
    def is_mixed(self) -> bool:
        """Whether questions differ in their chance level."""
        return len(self.chances) > 1


def overall_of(answers: Answers) -> Overall:
    tallies = Tallies.of(answers)
    tally = tallies.of_questions()
    people = _people(tallies)
    return Overall(
        people=len(people),
        answers=len(answers),
        estimate=stats.accuracy(tally.correct, tally.guessing),
        mean=participant_mean(people),
        design_effect=design_effect(people),
        test=_test(tally),
        people_test=people_above_chance(answers),
        evidence=e_value(tally.by_chance),
    )


def accuracies_of(answers: Answers, readings: Sequence[str]) -> Accuracies:
    """`readings` are those of the words, by which equally recognised ones are ordered."""
    tallies = Tallies.of(answers)
    word = np.array([question.word for question in answers.questions], dtype=np.int64)
    content = np.array([question.content for question in answers.questions], dtype=np.int64)
    words = sorted(
        _groups(tallies, word), key=lambda group: (-_share(group.estimate), readings[group.index])
    )
    contents = sorted(_groups(tallies, content), key=lambda group: answers.contents[group.index])
    pairs = _pairs(tallies)
    return Accuracies(
        overall=overall_of(answers),
        words=tuple(words),
        contents=tuple(contents),
        pairs=tuple(
            tuple(pairs.get((row.index, column.index)) for column in contents) for row in words
        ),
        chances=tuple(sorted({float(question.chance) for question in answers.questions})),
    )


def _groups(tallies: Tallies, group: np.ndarray) -> list[Group]:
    """A group for each index that questions have, with p values adjusted over all of them."""
    found = {index: tallies.of_questions(group == index) for index in sorted(set(group.tolist()))}
    tests = {index: _test(tally) for index, tally in found.items()}
    raw = {i: test.p_greater for i, test in tests.items() if isinstance(test, stats.ChanceTest)}
    holm = dict(zip(raw, stats.holm(list(raw.values())), strict=True))
    bh = dict(zip(raw, stats.chance.benjamini_hochberg(list(raw.values())), strict=True))
    none = NotEstimable(Reason.NO_ANSWERS)
    return [
        Group(
            index=index,
            estimate=stats.accuracy(tally.correct, tally.guessing),
            p=raw.get(index, none),
            p_holm=holm.get(index, none),
            p_bh=bh.get(index, none),
            evidence=e_value(tally.by_chance),
            dprime=dprime_mofk(tally.correct, tally.grids),
        )
        for index, tally in found.items()
    ]


def _pairs(tallies: Tallies) -> dict[tuple[int, int], Estimate]:
    """The accuracy of each word on each content image that it was asked on."""
    correct: Counter[tuple[int, int]] = Counter()
    guessing: dict[tuple[int, int], Counter[Fraction]] = {}
    for index, asked in enumerate(tallies.answers.questions):
        pair, n = (asked.word, asked.content), int(tallies.question_n[index])
        correct[pair] += int(tallies.question_correct[index])
        guessing.setdefault(pair, Counter())[asked.chance] += n
    return {pair: stats.accuracy(correct[pair], +levels) for pair, levels in guessing.items()}


def _test(tally: Tally) -> stats.ChanceTest | NotEstimable:
    return stats.chance_test(tally.correct, tally.guessing)


def _people(tallies: Tallies) -> Clusters:
    return clusters(tallies.correct, tallies.answers.person)


def _share(estimate: Estimate) -> float:
    return estimate.accuracy if isinstance(estimate, stats.Proportion) else -1.0


def adjusted(groups: Iterable[Group], correction: str) -> dict[int, float]:
    """The p of each tested group, by index, corrected over these groups: "holm", "bh", "none"."""
    raw = {group.index: group.p for group in groups if isinstance(group.p, float)}
    if correction == "none":
        return dict(raw)
    step = stats.holm if correction == "holm" else stats.chance.benjamini_hochberg
    return dict(zip(raw, step(list(raw.values())), strict=True))
