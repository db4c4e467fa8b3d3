"""The conditions of a study, and how far each is from the first or the planned baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import stats
from analysis.report.accuracies import Estimate
from analysis.stats import groups
from analysis.stats.answers import Answers
from analysis.stats.clustered import clusters, participant_mean
from analysis.stats.intervals import NotEstimable, PeopleMean
from analysis.summary.tallies import Tallies

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Condition:
    """The accuracy in one condition, and the mean over its people.

    `difference` is from the baseline, people as units; the baseline's own is None.
    """

    name: str
    estimate: Estimate
    mean: PeopleMean | NotEstimable
    difference: stats.Difference | NotEstimable | None


def conditions_of(
    answers: Answers, *, is_paired: bool, baseline: str = ""
) -> tuple[Condition, ...]:
    """The baseline first; none where a study has one condition.

    Paired, a person's difference is the mean over the words on content images that they answered
    in both conditions; else the means of different people are compared (Welch 1947).
    """
    asked = np.array([question.condition for question in answers.questions], dtype=object)
    names = [name for name in dict.fromkeys(asked.tolist()) if name]
    if len(names) < 2:
        return ()
    first = baseline if baseline in names else names[0]
    shares = {name: _shares(answers, asked == name) for name in names}
    found = []
    for name in sorted(names, key=lambda name: name != first):
        difference = None
        if name != first and is_paired:
            pairs = _own_differences(answers, asked == first, asked == name)
            difference = stats.paired_difference(pairs)
        elif name != first:
            difference = stats.welch_difference(shares[first], shares[name])
        found.append(_condition(answers, name, asked == name, difference))
    return tuple(found)


def _condition(
    answers: Answers,
    name: str,
    questions: NDArray[np.bool_],
    difference: stats.Difference | NotEstimable | None,
) -> Condition:
    tally = Tallies.of(answers).of_questions(questions)
    own = answers.only(questions[answers.question])
    return Condition(
        name=name,
        estimate=stats.accuracy(tally.correct, tally.guessing),
        mean=participant_mean(clusters(own.correct, own.person)),
        difference=difference,
    )


def _shares(answers: Answers, questions: NDArray[np.bool_]) -> list[float]:
    """The accuracy of each person who answered some of these questions."""
    own = answers.only(questions[answers.question])
    found: list[float] = clusters(own.correct, own.person).shares.tolist()
    return found


def _own_differences(
    answers: Answers, first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> list[float]:
    """Of each person with pairs: the mean of the second minus the first over these."""
    (right_1, n_1), (right_2, n_2) = (_pairs(answers, asked) for asked in (first, second))
    both = (n_1 > 0) & (n_2 > 0)
    sums = np.where(both, right_2 - right_1, 0).sum(axis=1)
    count = both.sum(axis=1)
    found: list[float] = (sums[count > 0] / count[count > 0]).tolist()
    return found


def _pairs(answers: Answers, questions: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Correct and all answers of each person to each word on each content (P, W * C)."""
    own = answers.only(questions[answers.question])
    pair = own.word.astype(np.int64) * len(answers.contents) + own.content
    shape = (len(answers.people), len(answers.words) * len(answers.contents))
    right = groups.table(own.person[own.correct], pair[own.correct], shape)
    return right.astype(np.float64), groups.table(own.person, pair, shape).astype(np.float64)
