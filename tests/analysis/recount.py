"""The same figures counted again, answer by answer, by other means than the code under test."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

from scipy import stats

from survey.models import Trial

Key = TypeVar("Key", bound=Hashable)


def counted(study) -> list[Trial]:
    """The answers that count, picked one by one from all that are stored."""
    return [
        trial
        for trial in Trial.objects.select_related(
            "participant", "question__word", "question__content", "chosen"
        )
        if trial.participant.study_id == study.pk
        and trial.chosen is not None
        and trial.participant.origin in study.counted_origins
    ]


def about_words(trials: Iterable[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.question.word_id]


def tally(trials: Iterable[Trial], key: Callable[[Trial], Key]) -> dict[Key, tuple[int, int]]:
    """Correct and all answers by key."""
    found: dict[Key, tuple[int, int]] = {}
    for trial in trials:
        correct, n = found.get(key(trial), (0, 0))
        found[key(trial)] = (correct + trial.chosen.is_target, n + 1)
    return found


def chance(question) -> Fraction:
    options = list(question.options.all())
    return Fraction(sum(option.is_target for option in options), len(options))


def chances(trials: Iterable[Trial]) -> list[Fraction]:
    return [chance(trial.question) for trial in trials]


def mean_chance(trials: Sequence[Trial]) -> Fraction:
    return sum(chances(trials), Fraction(0)) / len(trials)


def p_greater(correct: int, levels: Iterable[Fraction]) -> Fraction:
    """The exact probability of at least `correct` hits, one answer after the other."""
    hits = [Fraction(1)]
    for level in levels:
        missed = [p * (1 - level) for p in hits] + [Fraction(0)]
        hit = [Fraction(0)] + [p * level for p in hits]
        hits = [a + b for a, b in zip(missed, hit, strict=True)]
    return sum(hits[correct:], Fraction(0))


def holm(p: float, all_p: Sequence[float]) -> float:
    """`p` adjusted among `all_p`, from the definition."""
    return max(
        min(1.0, other * sum(third >= other for third in all_p)) for other in all_p if other <= p
    )


def percent(share: Fraction) -> str:
    return f"{math.floor(share * 100 + Fraction(1, 2))}%"


def wilson(correct: int, n: int) -> str:
    found = stats.binomtest(correct, n).proportion_ci(method="wilson")
    return f"{percent(Fraction(float(found.low)))[:-1]}–{percent(Fraction(float(found.high)))}"


def people_interval(shares: Sequence[float]) -> tuple[float, float]:
    mean = sum(shares) / len(shares)
    low, high = stats.t.interval(0.95, len(shares) - 1, loc=mean, scale=stats.sem(shares))
    return float(low), float(high)
