"""The conditions of a study side by side, and how much they differ word by word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis import reports, stats
from analysis.frames import Cell, GivenAnswer, Score, WordLabel
from analysis.reports import Estimate

# By person and by word and photograph: whether the answer in each condition was correct.
_Given = Mapping[int, Mapping[tuple[WordLabel, str], Mapping[str, bool]]]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A condition minus the baseline; `p_value` is adjusted by Holm over a comparison's words."""

    condition: str
    difference: stats.Difference | stats.NotEstimable
    p_value: float | stats.NotEstimable


@dataclass(frozen=True, slots=True)
class WordComparison:
    """A word in each condition, the baseline first, and the others' contrasts with it."""

    word: WordLabel
    estimates: tuple[Estimate, ...]
    contrasts: tuple[Contrast, ...]


@dataclass(frozen=True, slots=True)
class Overall:
    """All words together: each condition's mean over its people, and the differences of these."""

    people: tuple[stats.PeopleMean | stats.NotEstimable, ...]
    differences: tuple[stats.Difference | stats.NotEstimable, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The conditions with the baseline first; the words from the best recognised down."""

    conditions: tuple[str, ...]
    rows: tuple[WordComparison, ...]
    overall: Overall

    @property
    def others(self) -> tuple[str, ...]:
        return self.conditions[1:]

    @property
    def chances(self) -> set[float]:
        """The chance levels that occur: with several, accuracies alone do not compare."""
        return {
            estimate.chance
            for row in self.rows
            for estimate in row.estimates
            if isinstance(estimate, stats.Proportion)
        }


def compare(
    cells: Sequence[Cell], answers: Sequence[GivenAnswer], *, baseline: str, is_paired: bool
) -> Comparison:
    """Every condition against `baseline`, which is one of `reports.conditions(cells)`.

    Paired, a word's difference is the mean over people of their own difference, on the
    photographs that they answered in both conditions; p is of the sign test over these people,
    which is McNemar's exact test where there is one photograph. Otherwise it is the difference
    of the shares of all answers, with Newcombe's interval; p is of Fisher's exact test.
    """
    others = [name for name in reports.conditions(cells) if name != baseline]
    given = _given(cells, answers)
    rows = []
    for row in reports.words(cells):
        asked = [cell for cell in cells if cell.word == row.word]
        contrasts = (
            _paired(_own_differences(given, baseline, other, row.word), other)
            if is_paired
            else _unpaired(asked, baseline, other)
            for other in others
        )
        estimates = (
            reports.pooled(reports.of_condition(asked, name)) for name in (baseline, *others)
        )
        rows.append(WordComparison(row.word, tuple(estimates), tuple(contrasts)))
    overall = _overall(given, baseline, others, is_paired=is_paired)
    return Comparison((baseline, *others), tuple(_adjusted(rows)), overall)


def _given(cells: Iterable[Cell], answers: Iterable[GivenAnswer]) -> _Given:
    asked = {cell.index: cell for cell in cells}
    given: dict[int, dict[tuple[WordLabel, str], dict[str, bool]]] = {}
    for answer in answers:
        cell = asked[answer.index]
        if cell.word and cell.condition:
            own = given.setdefault(answer.person, {})
            about = own.setdefault((cell.word, cell.content.name), {})
            about[cell.condition] = answer.is_correct
    return given


def _own_differences(
    given: _Given, first: str, second: str, word: WordLabel | None = None
) -> list[float]:
    """Of each person who answered something in both conditions: the second minus the first."""
    differences = []
    for own in given.values():
        both = [
            correct[second] - correct[first]
            for (about, _content), correct in own.items()
            if word in (None, about) and first in correct and second in correct
        ]
        if both:
            differences.append(sum(both) / len(both))
    return differences


def _paired(differences: Sequence[float], condition: str) -> Contrast:
    difference = stats.paired_difference(differences)
    if isinstance(difference, stats.NotEstimable):
        return Contrast(condition, difference, difference)
    more, fewer = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return Contrast(condition, difference, stats.sign_test(more, fewer))


def _unpaired(asked: Sequence[Cell], baseline: str, condition: str) -> Contrast:
    first, second = (
        (sum(cell.correct for cell in own), sum(cell.answers for cell in own))
        for own in (reports.of_condition(asked, name) for name in (baseline, condition))
    )
    difference = stats.unpaired_difference(first, second)
    return Contrast(condition, difference, stats.fisher_exact(first, second))


def _adjusted(rows: Sequence[WordComparison]) -> list[WordComparison]:
    """With the p values of all words and contrasts adjusted for their number."""
    raw = [contrast.p_value for row in rows for contrast in row.contrasts]
    adjusted = iter(stats.holm([p for p in raw if isinstance(p, float)]))
    return [
        replace(
            row,
            contrasts=tuple(
                replace(c, p_value=next(adjusted)) if isinstance(c.p_value, float) else c
                for c in row.contrasts
            ),
        )
        for row in rows
    ]


def _overall(given: _Given, baseline: str, others: Sequence[str], *, is_paired: bool) -> Overall:
    scores = {name: _scores(given, name) for name in (baseline, *others)}
    shares = {name: [correct / n for correct, n in own] for name, own in scores.items()}
    differences = (
        stats.paired_difference(_own_differences(given, baseline, other))
        if is_paired
        else stats.welch_difference(shares[baseline], shares[other])
        for other in others
    )
    return Overall(tuple(map(stats.people_mean, scores.values())), tuple(differences))


def _scores(given: _Given, condition: str) -> list[Score]:
    """Correct and all answers in a condition, of each person who has any."""
    answered = (
        [correct[condition] for correct in own.values() if condition in correct]
        for own in given.values()
    )
    return [(sum(own), len(own)) for own in answered if own]
